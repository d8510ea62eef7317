package mcp

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// maxLine is the length of a message over stdio, whose client is the one that started the program.
const maxLine = 64 << 20

// grace is how long calls may take after the end of the input: those of a script have their
// responses, and a client that has left has nothing running for it.
const grace = 5 * time.Second

// A stdio is the transport over stdio, on that of the SDK, which ends with the first line that is
// no message, and with the input. It hands on what is one, and responds to other lines itself.
type stdio struct {
	in      *bufio.Reader
	server  *sdk.Server
	pending []byte        // lines to hand on
	waiting atomic.Int64  // calls that have no response yet
	settled chan struct{} // has something when there are fewer

	mu     sync.Mutex   // of what follows
	inUse  map[any]bool // the ids of calls that have no response yet
	out    io.Writer
	closed bool
}

// Connect implements sdk.Transport.
func (s *stdio) Connect(ctx context.Context) (sdk.Connection, error) {
	lines := sdk.IOTransport{Reader: s, Writer: s, MaxLineLength: -1}
	c, err := lines.Connect(ctx)
	return counting{c, s, ctx}, err
}

// A counting connection counts the responses, and has ended when ctx is done.
type counting struct {
	sdk.Connection
	of  *stdio
	ctx context.Context
}

// Read implements sdk.Connection. The SDK passes no context that ends: it would wait for the calls
// that run, whose clients want to see the program end.
func (c counting) Read(context.Context) (jsonrpc.Message, error) { return c.Connection.Read(c.ctx) }

// Write implements sdk.Connection.
func (c counting) Write(ctx context.Context, m jsonrpc.Message) error {
	response, ok := m.(*jsonrpc.Response)
	if ok {
		c.of.free(response.ID) // before the client sees that it is
		// The SDK refuses what comes before initialize by itself.
		response.Error = coded(response.Error, jsonrpc.CodeInvalidRequest)
	}
	err := c.Connection.Write(ctx, m)
	if ok {
		c.of.waiting.Add(-1)
		select {
		case c.of.settled <- struct{}{}:
		default:
		}
	}
	return err
}

// take takes the ids of calls, of which the SDK would respond to one of two that have the same; it
// reports whether they are free.
func (s *stdio) take(ids map[any]bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range ids {
		if s.inUse[id] {
			return false
		}
	}
	maps.Copy(s.inUse, ids)
	return true
}

func (s *stdio) free(id jsonrpc.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.inUse, id.Raw())
}

// settle waits for the responses to the calls that have come.
func (s *stdio) settle() {
	late := time.After(grace)
	for s.waiting.Load() > 0 {
		select {
		case <-s.settled:
		case <-late:
			return
		}
	}
}

// Read implements io.Reader.
func (s *stdio) Read(p []byte) (int, error) {
	for len(s.pending) == 0 {
		line, long, err := s.line()
		if err != nil && len(line) == 0 && !long {
			s.settle()
			return 0, err
		}
		var wrong *jsonrpc.Error
		if long {
			wrong = errLongLine
		} else {
			s.pending, wrong = s.messages(line)
		}
		if wrong == nil {
			continue
		}
		if _, err := s.Write(responseTo(wrong)); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.pending)
	s.pending = s.pending[n:]
	return n, nil
}

// line returns the next line without the space around it, or that it is too long.
func (s *stdio) line() (line []byte, long bool, err error) {
	for {
		var part []byte
		part, err = s.in.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxLine; long {
			line = nil
		} else {
			line = append(line, part...)
		}
		if err != bufio.ErrBufferFull {
			return bytes.TrimSpace(line), long, err
		}
	}
}

// messages returns the lines of what a line says. The calls of a batch remain one, since their
// responses are one; the SDK would wait for the response to a notification among them.
func (s *stdio) messages(line []byte) (lines []byte, wrong *jsonrpc.Error) {
	if len(line) == 0 {
		return nil, nil
	}
	m, wrong := parse(line)
	isBatch := line[0] == '['
	if wrong == nil && isBatch && !s.knowsBatches() {
		wrong = errBatch
	}
	if wrong == nil && !s.take(m.ids) {
		wrong = errInUse
	}
	if wrong != nil {
		return nil, wrong
	}
	s.waiting.Add(int64(len(m.calls)))
	for _, text := range m.others {
		lines = append(append(lines, text...), '\n')
	}
	if text := bytes.Join(m.calls, []byte(",")); isBatch && len(m.calls) > 0 {
		lines = append(append(append(lines, '['), text...), "]\n"...)
	} else if len(m.calls) > 0 {
		lines = append(append(lines, text...), '\n')
	}
	return lines, nil
}

// knowsBatches reports whether the client may send batches: by the two oldest versions, and before
// there is one.
func (s *stdio) knowsBatches() bool {
	for session := range s.server.Sessions() {
		if o := session.InitializeParams(); o != nil {
			return o.ProtocolVersion == "2024-11-05" || o.ProtocolVersion == "2025-03-26"
		}
	}
	return true
}

// Write implements io.Writer. A line is written whole, whoever writes it.
func (s *stdio) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, io.ErrClosedPipe
	}
	return s.out.Write(p)
}

// Close implements io.Closer. Somebody else closes what it reads and writes.
func (s *stdio) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}
