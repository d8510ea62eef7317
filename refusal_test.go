package moresql_test

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moresql/moresql"
)

// A client learns why it is refused while it still sends its body, also when it wants the
// connection closed: a reset would take the response from clients that are writing.
func TestRefusedBodyIsNotReset(t *testing.T) {
	const sent = 3 << 20
	stranger := func(*http.Request) (s moresql.Settings, err error) {
		return s, &moresql.Error{Status: http.StatusUnauthorized}
	}
	for _, test := range []struct {
		reason      string
		option      moresql.Option
		contentType string
		status      int
	}{
		{reason: "too large", option: moresql.Limits{Body: 1 << 20}, status: 413},
		{reason: "no memory", option: moresql.Limits{Memory: 1 << 20}, status: 413},
		{reason: "a stranger", option: moresql.Session(stranger), status: 401},
		{reason: "another type", option: moresql.Limits{}, contentType: "text/x", status: 415},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel() // the server waits for half a second
			h := moresql.New(nil, test.option, quiet).Handler("f", moresql.Fields("name"))
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h.ServeHTTP(wrapper{w}, r)
			}))
			defer s.Close()
			conn, err := net.Dial("tcp", s.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+
				"Content-Type: %s\r\nContent-Length: %d\r\n\r\n",
				cmp.Or(test.contentType, "application/json"), 1<<30)
			go io.WriteString(conn, `{"name":"`+strings.Repeat("x", sent)) // until conn is closed
			in := bufio.NewReader(conn)
			response, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, response.Body); err != nil ||
				response.StatusCode != test.status {
				t.Errorf("status %d, %v", response.StatusCode, err)
			}
			if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
				t.Errorf("after the response %v", err)
			}
		})
	}
}

// A wrapper is a ResponseWriter as middleware has it.
type wrapper struct{ http.ResponseWriter }

func (w wrapper) Unwrap() http.ResponseWriter { return w.ResponseWriter }
