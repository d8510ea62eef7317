package testserver

import (
	"sync"
	"testing"
)

// Shared is one server for all tests of a package, started by the first that needs
// it. Its methods may be called concurrently.
type Shared struct {
	recipe Recipe

	mu     sync.Mutex
	server *Server
	err    error
}

// NewShared returns a Shared that starts its server by the recipe.
func NewShared(r Recipe) *Shared {
	return &Shared{recipe: r}
}

// Server returns the running server. If it is not installed, the test is skipped.
func (s *Shared) Server(tb testing.TB) *Server {
	tb.Helper()
	server, err := s.get()
	if err != nil {
		s.recipe.giveUp(tb, err)
	}
	return server
}

// get starts the server once. It keeps a failure too, which would take as long
// again for each of the other tests.
func (s *Shared) get() (*Server, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil && s.err == nil {
		s.server, s.err = s.recipe.start()
	}
	return s.server, s.err
}

// Stop ends the server, if it was ever started, and removes its folder.
func (s *Shared) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server != nil {
		s.server.Stop()
		s.server = nil
	}
}
