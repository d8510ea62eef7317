package faulttest

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// A fault is what a proxy does after it has forwarded a number of bytes of the server.
type fault struct {
	at   int
	kind faultKind
}

// A faultKind is how a connection breaks.
type faultKind int

const (
	closes faultKind = iota // the connection is closed, as by a server that stops
	resets                  // the connection is reset, as by a network that has lost its state
	stalls                  // nothing is forwarded any more
	faultKinds
)

func (k faultKind) String() string { return [...]string{"closed", "reset", "stalled"}[k] }

// A message is one that the server has sent.
type message struct {
	kind byte
	end  int // the number of bytes up to its end
	text string
}

// A proxy connects moresql to PostgreSQL. It counts the bytes of the server since watch was called,
// and breaks the connection once, after the number of bytes of the fault.
type proxy struct {
	uri      string
	target   string
	listener net.Listener
	running  sync.WaitGroup

	mu       sync.Mutex
	conns    map[net.Conn]bool
	closed   bool
	passed   int
	next     *fault
	fired    bool
	messages []message
}

// newProxy returns a proxy to the server of a URI, which ends with the test.
func newProxy(t *testing.T, uri string) *proxy {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{target: u.Host, conns: map[net.Conn]bool{}}
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	u.Host = p.listener.Addr().String()
	p.uri = u.String()
	p.running.Go(p.accept)
	t.Cleanup(func() {
		p.listener.Close()
		p.drop(true)
		p.running.Wait()
	})
	return p
}

// watch restarts the count, and has the proxy break the connection by f, unless f is nil.
func (p *proxy) watch(f *fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passed, p.next, p.fired, p.messages = 0, f, false, nil
}

// seen returns the messages since watch, and whether the fault has happened.
func (p *proxy) seen() ([]message, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.messages, p.fired
}

// drop closes all connections, such as stalled ones. After the last drop no new ones are accepted.
func (p *proxy) drop(last bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = p.closed || last
	for c := range p.conns {
		c.Close()
	}
	clear(p.conns)
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns[client], p.conns[server] = true, true
		closed := p.closed
		p.mu.Unlock()
		if closed {
			p.drop(true)
		}
		p.running.Go(func() { p.pass(server, client, nil) })
		p.running.Go(func() { p.pass(client, server, new(parser)) })
	}
}

// pass forwards what one side sends. Messages is nil for the client, whose bytes are not counted.
func (p *proxy) pass(to, from net.Conn, messages *parser) {
	block := make([]byte, 32<<10)
	for {
		n, err := from.Read(block)
		var broken *fault
		if messages != nil {
			n, broken = p.count(messages, from, block[:n])
		}
		if _, e := to.Write(block[:n]); e != nil {
			if messages == nil { // read, so that closing is no reset, which discards what is on its way
				io.Copy(io.Discard, from)
			}
			err = e
		}
		switch {
		case broken != nil && broken.kind == stalls:
			return // the connections stay open until drop
		case broken != nil && broken.kind == closes:
			to.(*net.TCPConn).CloseWrite()
			from.Close()
			return // the client closes the rest, or drop
		case broken != nil && broken.kind == resets:
			to.(*net.TCPConn).SetLinger(0)
			fallthrough
		case broken != nil || err != nil:
			to.Close()
			from.Close()
			p.mu.Lock()
			delete(p.conns, to)
			delete(p.conns, from)
			p.mu.Unlock()
			return
		}
	}
}

// count counts a block of the server, and returns how much of it is to be forwarded and the fault
// that follows, if any.
func (p *proxy) count(messages *parser, from net.Conn, block []byte) (int, *fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(block) == 0 || !p.conns[from] { // the end, or a connection that has been dropped
		return len(block), nil
	}
	f := p.next
	if f != nil && p.passed+len(block) >= f.at {
		p.next, p.fired = nil, true
		block = block[:f.at-p.passed]
	} else {
		f = nil
	}
	p.messages = append(p.messages, messages.read(block, p.passed)...)
	p.passed += len(block)
	return len(block), f
}

// A parser finds the boundaries of the messages that a server sends: one byte for the kind, four
// for the length of the rest, including themselves (PostgreSQL manual, 53.7).
type parser struct{ pending []byte }

// read returns the messages that end within a block. passed is the number of bytes before it.
func (m *parser) read(block []byte, passed int) (list []message) {
	passed -= len(m.pending)
	m.pending = append(m.pending, block...)
	for len(m.pending) >= 5 {
		size := 1 + int(binary.BigEndian.Uint32(m.pending[1:]))
		if len(m.pending) < size {
			break
		}
		passed += size
		list = append(list, message{kind: m.pending[0], end: passed, text: string(m.pending[5:size])})
		m.pending = m.pending[size:]
	}
	return list
}
