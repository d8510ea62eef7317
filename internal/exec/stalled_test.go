package exec

import (
	"context"
	"database/sql"
	"testing"

	_ "github.com/lib/pq"

	"github.com/moresql/moresql/internal/fakedb"
	"github.com/moresql/moresql/internal/leaktest"
)

// TestCallEndsOnAStalledNetwork although lib/pq waits for the server even when the context is done.
func TestCallEndsOnAStalledNetwork(t *testing.T) {
	leaktest.Check(t)
	server := fakedb.Listen(t, "")
	db, err := sql.Open("postgres", server.URI)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for reason, o := range map[string]Options{"a statement": {}, "BEGIN": {ReadOnly: true}} {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-server.Heard
			cancel()
		}()
		err := call(ctx, db, texts("a"), o, unread)
		if n := db.Stats().OpenConnections; err == nil || n != 0 {
			t.Errorf("%s: %v, %d connections are open", reason, err, n)
		}
	}
}
