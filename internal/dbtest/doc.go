// Package dbtest tests moresql against real databases, with every driver that it supports.
// It is a module of its own, which keeps the drivers out of the library's go.mod.
package dbtest
