package exec

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	_ "github.com/lib/pq"

	"github.com/moresql/moresql/internal/leaktest"
	"github.com/moresql/moresql/row"
)

// mute listens as a PostgreSQL that lets everybody in, and answers no statement. It tells when it has heard one.
func mute(t *testing.T, heard chan<- bool) (uri string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var conns sync.WaitGroup
	conns.Add(1)
	go func() {
		defer conns.Done()
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conns.Add(1)
			go func() {
				defer conns.Done()
				defer conn.Close()
				startup := make([]byte, 1024)
				conn.Read(startup)
				if binary.BigEndian.Uint32(startup[4:]) == 80877102 { // a request to cancel (PostgreSQL manual, 53.7)
					return
				}
				io.WriteString(conn, "R\x00\x00\x00\x08\x00\x00\x00\x00"+ // AuthenticationOk
					"K\x00\x00\x00\x0c\x00\x00\x00\x07\x00\x00\x00\x08"+"Z\x00\x00\x00\x05I") // BackendKeyData, ReadyForQuery
				conn.Read(startup)
				heard <- true
				io.Copy(io.Discard, conn)
			}()
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		conns.Wait()
	})
	return fmt.Sprintf("postgres://u@%s/d?sslmode=disable", listener.Addr())
}

// lib/pq waits for the server's answer even when the context is done.
func TestStalled(t *testing.T) {
	leaktest.Check(t)
	heard := make(chan bool)
	db, err := sql.Open("postgres", mute(t, heard))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for reason, o := range map[string]Options{"a statement": {}, "BEGIN": {ReadOnly: true}} {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-heard
			cancel()
		}()
		err := call(ctx, db, []Statement{{Text: "SELECT 1"}}, o, func(*row.Rows) error { return nil })
		if err == nil || db.Stats().OpenConnections != 0 {
			t.Errorf("%s: %v, %d connections are open", reason, err, db.Stats().OpenConnections)
		}
	}
}
