package mcp

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// Errors of what is no message, as JSON-RPC 2.0 has them (section 5.1).
var (
	errParse = &jsonrpc.Error{
		Code:    jsonrpc.CodeParseError,
		Message: "Parse error: send one message as JSON, over stdio in one line",
	}
	errNoMessage = invalid(`a message is an object with "jsonrpc":"2.0" and a method`)
	errID        = invalid("an id is a string or a whole number below 2^53")
	errLongLine  = invalid(fmt.Sprintf("a message has at most %d bytes", maxLine))
	errInUse     = invalid("the id is that of a call which has no response yet")
	errBatch     = invalid("send each message in a line of its own, or calls of different ids as a " +
		"batch where the version of the protocol knows them")
)

func invalid(why string) *jsonrpc.Error {
	return &jsonrpc.Error{Code: jsonrpc.CodeInvalidRequest, Message: "Invalid Request: " + why}
}

// responseTo returns the response to what is no message, and so has no id.
func responseTo(wrong *jsonrpc.Error) []byte {
	return append(marshal(map[string]any{"jsonrpc": "2.0", "id": nil, "error": wrong}), '\n')
}

// The messages of a text are calls, by their ids, and others, which have no response.
type messages struct {
	calls, others [][]byte
	ids           map[any]bool // of the calls
}

// parse returns the messages of a text, one or a batch.
func parse(text []byte) (m messages, wrong *jsonrpc.Error) {
	if !json.Valid(text) {
		return m, errParse
	}
	var list []json.RawMessage
	if text[0] != '[' {
		list = append(list, text)
	} else if json.Unmarshal(text, &list) != nil || len(list) == 0 {
		return m, errBatch
	}
	m.ids = map[any]bool{}
	for _, text := range list {
		message, err := jsonrpc.DecodeMessage(text)
		call, isRequest := message.(*jsonrpc.Request)
		response, _ := message.(*jsonrpc.Response)
		switch {
		case err != nil, response != nil && response.Result == nil && response.Error == nil:
			return m, errNoMessage
		case isRequest && !isExact(text):
			return m, errID
		case !isRequest || !call.IsCall():
			m.others = append(m.others, text)
			continue
		case m.ids[call.ID.Raw()]:
			return m, errBatch
		}
		m.ids[call.ID.Raw()] = true
		m.calls = append(m.calls, text)
	}
	return m, nil
}

// isExact reports whether a response can have the id of a request, which the SDK reads as a float64
// and makes an integer. It takes null for none, which the protocol does not allow: its client would
// wait.
func isExact(request []byte) bool {
	var is struct{ ID json.RawMessage }
	json.Unmarshal(request, &is) // it is an object
	var id any
	json.Unmarshal(is.ID, &id) // is empty for a notification
	number, isNumber := id.(float64)
	return is.ID == nil || id != nil && (!isNumber || number == math.Trunc(number) &&
		math.Abs(number) < 1<<53)
}
