package dbtest

import (
	"database/sql"
	"regexp"
	"sync"
	"testing"

	"github.com/moresql/moresql/internal/fakedb"
)

// A recorder keeps the text of every statement that a database was sent.
type recorder struct {
	mutex sync.Mutex
	texts map[string]bool
}

// record returns a database whose statements are recorded.
func record(t *testing.T, name, dsn string) (*sql.DB, *recorder) {
	t.Helper()
	r := new(recorder)
	db := sql.OpenDB(fakedb.RecordDriver(open(t, name, dsn).Driver(), dsn, r.note))
	t.Cleanup(func() { db.Close() })
	return db, r
}

func (r *recorder) note(text string, _ error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.texts == nil {
		r.texts = map[string]bool{}
	}
	r.texts[lists.ReplaceAllString(text, "$1")] = true
}

// lists matches consecutive placeholders, of which there are as many as a request has values.
var lists = regexp.MustCompile(`(\?)(?:, \?)+`)

// probe matches the statement that determines the columns of a result, which some errors repeat.
var probe = regexp.MustCompile(`^SELECT t\.\* FROM \(.*\) AS t LIMIT (\$\d+::bigint|\?)$`)

// take returns the texts since its last call.
func (r *recorder) take() map[string]bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	texts := r.texts
	r.texts = nil
	return texts
}
