// Package explorertest tests the page of rest/explorer in a real browser, as the command serves it.
// It is a module for itself, so that what drives the browser is no requirement of the library.
package explorertest
