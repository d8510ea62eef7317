package fakedb

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
)

// A Server looks like PostgreSQL to a driver. It accepts every login and responds to a statement
// with what it has been given, if anything.
type Server struct {
	URI string // postgres://…

	// Heard receives once for each connection, when it has sent its first statement.
	Heard <-chan bool

	// Cancelled receives when a request to cancel arrives.
	Cancelled <-chan bool

	listener net.Listener
	running  sync.WaitGroup
	mu       sync.Mutex
	conns    []net.Conn
	heard    chan bool
	cancel   chan bool
	response string
}

const (
	cancelRequest = 80877102 // PostgreSQL manual, 53.7

	// welcome is AuthenticationOk, BackendKeyData and ReadyForQuery.
	welcome = "R\x00\x00\x00\x08\x00\x00\x00\x00" +
		"K\x00\x00\x00\x0c\x00\x00\x00\x07\x00\x00\x00\x08" +
		"Z\x00\x00\x00\x05I"
)

// Listen returns a Server that sends response, messages of the protocol, once it has heard the
// first statement of a connection, and nothing after it. It ends with the test.
func Listen(t testing.TB, response string) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{
		URI:      fmt.Sprintf("postgres://u@%s/d?sslmode=disable", listener.Addr()),
		listener: listener,
		heard:    make(chan bool, 10),
		cancel:   make(chan bool, 10),
		response: response,
	}
	s.Heard, s.Cancelled = s.heard, s.cancel
	s.running.Add(1)
	go s.serve()
	t.Cleanup(func() {
		listener.Close()
		s.Hangup()
		s.running.Wait()
	})
	return s
}

// Hangup closes all connections.
func (s *Server) Hangup() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.conns {
		conn.Close()
	}
}

func (s *Server) serve() {
	defer s.running.Done()
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns = append(s.conns, conn)
		s.mu.Unlock()
		s.running.Add(1)
		go s.converse(conn)
	}
}

func (s *Server) converse(conn net.Conn) {
	defer s.running.Done()
	defer conn.Close()
	message := make([]byte, 1024)
	conn.Read(message)
	if binary.BigEndian.Uint32(message[4:]) == cancelRequest {
		s.cancel <- true
		return
	}
	io.WriteString(conn, welcome)
	conn.Read(message)
	s.heard <- true
	io.WriteString(conn, s.response)
	io.Copy(io.Discard, conn)
}
