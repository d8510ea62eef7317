// Package firebirdtest tests the library and the connector of drivers/firebird against Firebird 3,
// of which it starts a server.
package firebirdtest
