// Package testserver starts throwaway database servers for tests. It holds
// what internal/pgtest and internal/mariadbtest have in common: a folder of its
// own for each server, a free port, an unprivileged user when the tests run as
// root, the wait for the line that says the server is ready, and an end that
// comes even when the tests are killed. Killed tests leave only the folder behind.
package testserver

import (
	"errors"
	"fmt"
	"os"
	"testing"
)

// Recipe says how one kind of server is found, installed, started and ended.
type Recipe struct {
	// Name is what people call the server, Package the Debian package that
	// brings it, and Variable, if there is one, the environment variable that names
	// a running server to use instead. They make up the message of a skipped test.
	Name, Package, Variable string

	// User is who the server runs as when the tests run as root; where there
	// is no such user, it is nobody.
	User string

	// Find returns the program that makes a data folder and the server's own,
	// or false where they are not installed.
	Find func() (Programs, bool)

	// Files are written to the server's folder, by name, before Install.
	Files map[string]string

	// Install gives the arguments that make a data folder inside dir.
	Install func(dir string) []string

	// Serve gives the arguments that start the server on 127.0.0.1:port.
	Serve func(dir string, port int) []string

	// Ready is the part of the log that says that clients may connect.
	Ready string

	// Shutdown is the signal that ends the server without waiting for clients.
	Shutdown os.Signal
}

// Programs are the paths of the two programs a server needs.
type Programs struct {
	Install, Serve string
}

// Require is the environment variable that, set to 1, makes a missing server
// fail a test instead of skipping it.
const Require = "MORESQL_REQUIRE_DATABASES"

// errMissing says that this machine has no such server.
var errMissing = errors.New("not installed")

// Start starts a server that lives until the test ends. Where there is none to
// start, the test is skipped.
func (r Recipe) Start(tb testing.TB) *Server {
	tb.Helper()
	s, err := r.start()
	if err != nil {
		r.giveUp(tb, err)
	}
	tb.Cleanup(s.Stop)
	return s
}

// Run starts a server that lives until Stop, for a program that is no test.
func (r Recipe) Run() (*Server, error) {
	s, err := r.start()
	if errors.Is(err, errMissing) {
		return nil, errors.New(r.advice())
	}
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", r.Name, err)
	}
	return s, nil
}

// giveUp skips the test where the server is missing, and fails it where one is
// required or would not start.
func (r Recipe) giveUp(tb testing.TB, err error) {
	tb.Helper()
	if !errors.Is(err, errMissing) {
		tb.Fatalf("starting %s: %v", r.Name, err)
	}
	if os.Getenv(Require) == "1" {
		tb.Fatal(r.advice())
	}
	tb.Skip(r.advice())
}

// advice says what to do where there is no server to start.
func (r Recipe) advice() string {
	advice := fmt.Sprintf("no %s server found: apt-get install %s", r.Name, r.Package)
	if r.Variable != "" {
		advice += ", or set " + r.Variable
	}
	return advice
}
