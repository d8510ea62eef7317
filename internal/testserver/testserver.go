// Package testserver starts throwaway database servers for tests. It holds what
// internal/pgtest and internal/mariadbtest have in common: a folder of its own for
// each server, a free port, an unprivileged user when the tests run as root, the
// wait until the server is ready, and an end even when the tests are killed.
// Killed tests leave only the folder.
package testserver

import (
	"errors"
	"fmt"
	"os"
	"testing"
)

// A Recipe describes how one kind of server is found, installed, started and
// ended.
type Recipe struct {
	// Name is the server's name, Package the Debian package that contains it, and
	// Variable, unless empty, the environment variable that names a running server
	// to use instead. The message of a skipped test consists of them.
	Name, Package, Variable string

	// User is the user that the server runs as when the tests run as root. If the
	// machine has no such user, the server runs as nobody.
	User string

	// Find returns the paths of the programs, or false if they are not installed.
	Find func() (Programs, bool)

	// Files are written to the server's folder, by name, before Install.
	Files map[string]string

	// Install returns the arguments that make a data folder inside dir.
	Install func(dir string) []string

	// Serve returns the arguments that start the server on 127.0.0.1:port.
	Serve func(dir string, port int) []string

	// Ready is the text in the log from which on clients can connect.
	Ready string

	// Shutdown is the signal that ends the server without waiting for clients.
	Shutdown os.Signal
}

// Programs are the paths of the two programs of a server: Install makes a data
// folder, Serve is the server itself.
type Programs struct {
	Install, Serve string
}

// Require is the environment variable that, set to 1, makes a missing server
// fail a test instead of skipping it.
const Require = "MORESQL_REQUIRE_DATABASES"

// errMissing reports that the server is not installed on this machine.
var errMissing = errors.New("not installed")

// Start starts a server that runs until the test ends. If it is not installed, the
// test is skipped.
func (r Recipe) Start(tb testing.TB) *Server {
	tb.Helper()
	s, err := r.start()
	if err != nil {
		r.giveUp(tb, err)
	}
	tb.Cleanup(s.Stop)
	return s
}

// Run starts a server that runs until Stop, for a program that is not a test.
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

// giveUp skips the test if the server is not installed, and fails it if one is
// required or did not start.
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

// advice returns what to do about a server that is not installed.
func (r Recipe) advice() string {
	advice := fmt.Sprintf("no %s server found: apt-get install %s", r.Name, r.Package)
	if r.Variable != "" {
		advice += ", or set " + r.Variable
	}
	return advice
}
