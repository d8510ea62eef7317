package mcp

import (
	"bufio"
	"bytes"
	"io"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// maxLine is the length of a message over stdio, whose client is the one that started the program.
const maxLine = 64 << 20

// A stdio is the transport over stdio below the SDK's, which ends with the first line that is no
// message. It hands on those that are, each in one line, and responds to others itself.
type stdio struct {
	in      *bufio.Reader
	server  *sdk.Server
	pending []byte // lines to hand on

	mu     sync.Mutex // of what follows
	out    io.Writer
	closed bool
}

// Read implements io.Reader.
func (s *stdio) Read(p []byte) (int, error) {
	for len(s.pending) == 0 {
		line, long, err := s.line()
		if err != nil && len(line) == 0 && !long {
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
	calls, others, wrong := parse(line)
	isBatch := line[0] == '['
	if wrong == nil && isBatch && !s.knowsBatches() {
		wrong = errBatch
	}
	if wrong != nil {
		return nil, wrong
	}
	for _, text := range others {
		lines = append(append(lines, text...), '\n')
	}
	if text := bytes.Join(calls, []byte(",")); isBatch && len(calls) > 0 {
		lines = append(append(append(lines, '['), text...), "]\n"...)
	} else if len(calls) > 0 {
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
