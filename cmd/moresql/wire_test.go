package main

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A wire lies between the command and PostgreSQL, and records the text of every statement that the
// command sends.
type wire struct {
	uri    string
	target string

	mu         sync.Mutex
	statements []string
}

// newWire lays a wire to the server of a URI, which ends with the test.
func newWire(t *testing.T, uri string) *wire {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{target: u.Host}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u.Host = listener.Addr().String()
	w.uri = u.String()
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { w.pass(client) })
		}
	})
	t.Cleanup(func() { // after the command has ended, and with it its connections
		listener.Close()
		all.Wait()
	})
	return w
}

// take returns the statements since it was called before.
func (w *wire) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	taken := w.statements
	w.statements = nil
	return taken
}

// pass forwards what both sides of a connection send, until one of them closes it.
func (w *wire) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", w.target)
	if err != nil {
		return
	}
	defer server.Close()
	messages := &frontend{
		record: w.record, prepared: map[string]string{}, unused: map[string]bool{},
	}
	go func() {
		io.Copy(client, server)
		client.Close()
	}()
	io.Copy(io.MultiWriter(messages, server), client)
}

func (w *wire) record(statement string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.statements = append(w.statements, statement)
}

// A frontend finds statements in what a client sends: messages of a byte for the kind, but for the
// first one, and four for the length of the rest, including themselves (PostgreSQL manual, 53.7). A
// statement that stays prepared is one each time it is used.
type frontend struct {
	record   func(statement string)
	started  bool
	pending  []byte
	prepared map[string]string // texts by names
	unused   map[string]bool   // names of statements that have been recorded when they were prepared
}

// Write implements io.Writer.
func (f *frontend) Write(p []byte) (int, error) {
	f.pending = append(f.pending, p...)
	for {
		head := 1
		if !f.started {
			head = 0
		}
		if len(f.pending) < head+4 {
			return len(p), nil
		}
		size := head + int(binary.BigEndian.Uint32(f.pending[head:]))
		if len(f.pending) < size {
			return len(p), nil
		}
		texts := strings.Split(string(f.pending[head+4:size]), "\x00")
		switch {
		case !f.started:
			f.started = true
		case f.pending[0] == 'Q': // a text
			f.record(texts[0])
		case f.pending[0] == 'P': // a name and a text
			f.record(texts[1])
			f.prepared[texts[0]], f.unused[texts[0]] = texts[1], true
		case f.pending[0] == 'B': // a portal and the name of a statement
			if !f.unused[texts[1]] {
				f.record(f.prepared[texts[1]])
			}
			delete(f.unused, texts[1])
		}
		f.pending = slices.Delete(f.pending, 0, size)
	}
}
