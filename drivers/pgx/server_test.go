package pgx_test

import (
	"net"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"
)

// A server speaks as much of the protocol of PostgreSQL as the example needs: get_cars() returns
// one row, every other statement none.
type server struct {
	net.Listener
	rounds atomic.Int64 // how often clients have waited for it, pings aside
}

func listen() (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &server{Listener: l}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // it is closed
			}
			go s.serve(conn)
		}
	}()
	return s, nil
}

func (s *server) serve(conn net.Conn) {
	defer conn.Close()
	b := pgproto3.NewBackend(conn, conn)
	ready := &pgproto3.ReadyForQuery{TxStatus: 'I'}
	for {
		startup, err := b.ReceiveStartupMessage()
		if err != nil {
			return
		}
		if _, ok := startup.(*pgproto3.StartupMessage); ok {
			break
		}
		if _, err := conn.Write([]byte("N")); err != nil { // no TLS here
			return
		}
	}
	b.Send(&pgproto3.AuthenticationOk{})
	b.Send(ready)
	texts := map[string]string{} // of statements, by their names
	var text string              // of the portal
	for b.Flush() == nil {
		message, err := b.Receive()
		if err != nil {
			return
		}
		switch m := message.(type) {
		case *pgproto3.Parse:
			texts[m.Name] = m.Query
			b.Send(&pgproto3.ParseComplete{})
		case *pgproto3.Bind:
			text = texts[m.PreparedStatement]
			b.Send(&pgproto3.BindComplete{})
		case *pgproto3.Close:
			b.Send(&pgproto3.CloseComplete{})
		case *pgproto3.Describe:
			if m.ObjectType == 'S' {
				n := strings.Count(texts[m.Name], "$")
				b.Send(&pgproto3.ParameterDescription{
					ParameterOIDs: slices.Repeat([]uint32{pgtype.TextOID}, n),
				})
			}
			b.Send(&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{
				{Name: []byte("name"), DataTypeOID: pgtype.TextOID},
			}})
		case *pgproto3.Execute:
			switch {
			case strings.Contains(text, "pg_backend_pid"):
				b.Send(&pgproto3.DataRow{Values: [][]byte{[]byte("0"), []byte("t")}}) // no pooler
			case strings.Contains(text, "get_cars"):
				b.Send(&pgproto3.DataRow{Values: [][]byte{[]byte("2CV")}})
			}
			s.complete(b, text, ready)
		case *pgproto3.Query:
			s.complete(b, m.String, ready)
			if m.String != "-- ping" { // of a connection that has been idle
				s.rounds.Add(1)
			}
			b.Send(ready)
		case *pgproto3.Sync:
			s.rounds.Add(1)
			b.Send(ready)
		default: // Terminate, or what pgx is not expected to send
			return
		}
	}
}

// complete ends a statement, which may begin or end the transaction.
func (s *server) complete(b *pgproto3.Backend, text string, ready *pgproto3.ReadyForQuery) {
	for one := range strings.SplitSeq(text, "; ") {
		tag, _, _ := strings.Cut(one, " ")
		switch tag {
		case "BEGIN":
			ready.TxStatus = 'T'
		case "COMMIT", "ROLLBACK":
			ready.TxStatus = 'I'
		}
		b.Send(&pgproto3.CommandComplete{CommandTag: []byte(tag)})
	}
}
