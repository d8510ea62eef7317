// Package formattest has what the encoders write read back by parsers that the library's own tests
// do not have. It is a module of its own, so that the library's go.mod does not feel the parsers.
package formattest
