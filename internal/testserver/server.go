package testserver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	startTimeout = 2 * time.Minute // on a busy machine; usually it takes two seconds
	stopTimeout  = 10 * time.Second
	startTries   = 5
)

// A Server is a running server with a folder of its own. Its methods must not be
// called concurrently.
type Server struct {
	// Port is the port of 127.0.0.1 that the server listens on.
	Port int

	// Dir is the server's folder, which holds what Install has made.
	Dir string

	process  *process
	shutdown os.Signal
	launch   func() (*process, error)
	stop     sync.Once
}

// start creates the folder, installs the server in it and waits until it is ready.
func (r Recipe) start() (_ *Server, err error) {
	programs, ok := r.Find()
	if !ok || !supported {
		return nil, errMissing
	}
	user, err := unprivileged(r.User)
	if err != nil {
		return nil, err
	}
	dir, err := makeDir(user)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(dir)
		}
	}()

	for name, text := range r.Files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	install, err := launch(user, dir, "", programs.Install, r.Install(dir)...)
	if err != nil {
		return nil, err
	}
	if err := install.wait(startTimeout); err != nil {
		return nil, install.explain(err)
	}

	// Another program may take the port between its choice and the server's start.
	// Then the server ends at once, and another port will do.
	for range startTries {
		var s *Server
		s, err = r.serve(user, dir, programs.Serve)
		if err == nil {
			return s, nil
		}
		if !strings.Contains(err.Error(), "ddress already in use") {
			break
		}
	}
	return nil, err
}

// serve starts the server on a port that was free a moment ago.
func (r Recipe) serve(user *account, dir, program string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &Server{Port: port, Dir: dir, shutdown: r.Shutdown}
	s.launch = func() (*process, error) { return r.launch(user, dir, port, program) }
	s.process, err = s.launch()
	return s, err
}

// launch starts the server and waits until it is ready.
func (r Recipe) launch(user *account, dir string, port int, program string) (*process, error) {
	p, err := launch(user, dir, r.Ready, program, r.Serve(dir, port)...)
	if err != nil {
		return nil, err
	}
	timeout := time.NewTimer(startTimeout)
	defer timeout.Stop()
	select {
	case <-p.log.ready:
		return p, nil
	case <-p.done:
		return nil, p.explain(fmt.Errorf("it ended before it was ready: %w", orExited(p.err)))
	case <-timeout.C:
		p.end(os.Kill)
		return nil, p.explain(fmt.Errorf("it was not ready within %v", startTimeout))
	}
}

// Halt ends the server and keeps its folder for Resume. It may be called again.
func (s *Server) Halt() {
	s.process.end(s.shutdown)
}

// Resume restarts a halted server at the same port.
func (s *Server) Resume() error {
	p, err := s.launch()
	if err == nil {
		s.process = p
	}
	return err
}

// Stop ends the server and removes its folder. It may be called again.
func (s *Server) Stop() {
	s.stop.Do(func() {
		s.Halt()
		os.RemoveAll(s.Dir)
	})
}

// orExited returns an error for an exit with status 0, which exec reports as nil.
func orExited(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}
