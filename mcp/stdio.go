package mcp

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// maxLine is the length of a message over stdio, whose client is the one that started the program.
const maxLine = 64 << 20

// Errors of lines that are no messages, as JSON-RPC 2.0 has them (section 5.1).
var (
	errParse = &jsonrpc.Error{
		Code: jsonrpc.CodeParseError, Message: "Parse error: a line is one message, as JSON",
	}
	errNoMessage = invalid(`a message is an object with "jsonrpc":"2.0" and a method`)
	errLongLine  = invalid(fmt.Sprintf("a message has at most %d bytes", maxLine))
	errBatch     = invalid("send each message in a line of its own, or calls of different ids as a " +
		"batch where the version of the protocol knows them")
)

func invalid(why string) *jsonrpc.Error {
	return &jsonrpc.Error{Code: jsonrpc.CodeInvalidRequest, Message: "Invalid Request: " + why}
}

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
		text := marshal(map[string]any{"jsonrpc": "2.0", "id": nil, "error": wrong})
		if _, err := s.Write(append(text, '\n')); err != nil {
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
	switch {
	case len(line) == 0:
		return nil, nil
	case !json.Valid(line):
		return nil, errParse
	case line[0] != '[':
		if _, err := jsonrpc.DecodeMessage(line); err != nil {
			return nil, errNoMessage
		}
		return append(line, '\n'), nil
	}
	var batch []json.RawMessage
	if json.Unmarshal(line, &batch) != nil || len(batch) == 0 || !s.knowsBatches() {
		return nil, errBatch
	}
	var calls [][]byte
	ids := map[any]bool{}
	for _, text := range batch {
		message, err := jsonrpc.DecodeMessage(text)
		if err != nil {
			return nil, errNoMessage
		}
		r, ok := message.(*jsonrpc.Request)
		if !ok || !r.IsCall() {
			lines = append(append(lines, text...), '\n')
			continue
		}
		if ids[r.ID.Raw()] {
			return nil, errBatch
		}
		ids[r.ID.Raw()] = true
		calls = append(calls, text)
	}
	if len(calls) > 0 {
		lines = append(append(append(lines, '['), bytes.Join(calls, []byte(","))...), "]\n"...)
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
