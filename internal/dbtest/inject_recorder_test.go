package dbtest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"regexp"
	"sync"
	"testing"
)

// A recorder opens connections of a driver and keeps the text of every statement that they are
// sent.
type recorder struct {
	driver driver.Driver
	dsn    string
	mutex  sync.Mutex
	texts  map[string]bool
}

// record returns a database whose statements are recorded.
func record(t *testing.T, name, dsn string) (*sql.DB, *recorder) {
	r := &recorder{driver: open(t, name, dsn).Driver(), dsn: dsn}
	db := sql.OpenDB(r)
	t.Cleanup(func() { db.Close() })
	return db, r
}

func (r *recorder) Driver() driver.Driver { return r.driver }

func (r *recorder) Connect(context.Context) (driver.Conn, error) {
	c, err := r.driver.Open(r.dsn)
	return recorded{c, r}, err
}

func (r *recorder) note(text string) {
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

// recorded is a connection with every optional interface that the four drivers implement.
type recorded struct {
	driver.Conn
	recorder *recorder
}

func (c recorded) Prepare(text string) (driver.Stmt, error) {
	c.recorder.note(text)
	return c.Conn.Prepare(text)
}

func (c recorded) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	c.recorder.note(text)
	return c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, text)
}

func (c recorded) QueryContext(ctx context.Context, text string,
	args []driver.NamedValue) (driver.Rows, error) {
	c.recorder.note(text)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, text, args)
}

func (c recorded) ExecContext(ctx context.Context, text string,
	args []driver.NamedValue) (driver.Result, error) {
	c.recorder.note(text)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, text, args)
}

func (c recorded) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	c.recorder.note("BEGIN")
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
}

func (c recorded) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.Conn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (c recorded) ResetSession(ctx context.Context) error {
	if resetter, ok := c.Conn.(driver.SessionResetter); ok {
		return resetter.ResetSession(ctx)
	}
	return nil
}

func (c recorded) IsValid() bool {
	validator, ok := c.Conn.(driver.Validator)
	return !ok || validator.IsValid()
}
