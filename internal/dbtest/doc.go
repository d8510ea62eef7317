// Package dbtest tests moresql against real databases, through every driver that it is promised to
// work with. It is a module of its own, so that the library's go.mod does not feel the drivers.
package dbtest
