// Package formattest reads what the encoders write with parsers that the library's own tests do not
// use. It is a module of its own, so that the library's go.mod does not list the parsers.
package formattest
