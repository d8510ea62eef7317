// Package importer writes the rows of CSV, NDJSON or a JSON array to a table of a database, or
// calls a routine with each.
package importer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/moresql/moresql/catalog"
)

// What to do with a row whose key the table has already.
const (
	Fail   = "fail"   // import nothing
	Skip   = "skip"   // keep the table's
	Update = "update" // change the table's
	Report = "report" // keep the table's, and report where the row differs
)

// Policies are all of them.
var Policies = []string{Fail, Skip, Update, Report}

// An Import says what is imported, where to and how.
type Import struct {
	Input
	Format    string   // csv, ndjson or json; "" to guess it
	Encoding  string   // one of Encodings; "" to guess it
	Delimiter byte     // of CSV; 0 to guess it
	Quote     byte     // of CSV; 0 to guess it
	NoQuote   bool     // no letter quotes
	Header    string   // yes or no; "" to guess whether CSV begins with the names of its columns
	Columns   []string // the names of the columns of CSV that does not
	Nulls     []string // what stands for NULL where it is not quoted; "" without any
	Map       map[string]string

	Database *sql.DB
	Catalog  *catalog.Snapshot
	Into     string // the table, or
	Call     string // the routine

	Key      []string
	Existing string // one of the policies
	DryRun   bool
	Batch    int64 // rows of a transaction; 0 for all
	Again    bool  // import a file in batches that has been imported so before

	Rejects  func(resumed bool) (RejectsFile, error) // opens the file, nil without one
	Progress Progress
	Notice   func(string) // says what a person should know

	// Nearest returns the one of some names that is most similar to another, or "".
	Nearest func(name string, names []string) string
}

// A Progress shows how far an import is.
type Progress interface {
	// Begin is called when a pass over the input begins. The size in bytes is -1 if it is unknown.
	Begin(what string, size int64)
	// At is called with the bytes and rows that have been read.
	At(bytes, rows int64)
	// End is called after the pass.
	End()
}

// A Result says what an import has done, or would do.
type Result struct {
	Target                                        string
	Keyed, DryRun, Call                           bool
	Policy                                        string
	Read, New, Changed, Identical, Again, Refused int64 // Again: in the input itself
	LeftOut, Replaced                             int64 // by the table itself
	Differences                                   []Difference
	Resumed                                       int64  // the line after which it went on
	Done                                          string // when it was imported before, "" if not
}

// shown is how many differences a Result has.
const shown = 5

// refusals are the rows that cannot be imported.
type refusals struct{ list []error }

func (r refusals) Error() string {
	texts := make([]string, len(r.list))
	for i, err := range r.list {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

func (r refusals) Unwrap() []error { return r.list }

// Run imports. The result says what has been done before an error as well.
func (im *Import) Run(ctx context.Context) (*Result, error) {
	j, err := im.prepare(ctx)
	if err != nil {
		return nil, err
	}
	defer j.rejects.close()
	if err = j.run(ctx); isLost(err) {
		err = fmt.Errorf("the connection was lost while one of the first %d rows was written, and what "+
			"was not committed is undone (%w)", j.result.Read, err)
	}
	return j.result, err
}

// A job is an import that is prepared.
type job struct {
	*Import
	*target
	columns []*column // that the input has
	open    func(bad func(*refused) error) (*rows, error)
	rejects *rejects
	result  *Result
	unit    string

	digest string // of a file whose position is kept
	begun  bool   // it has a position
}

// prepare finds the target and its columns, without a statement that writes.
func (im *Import) prepare(ctx context.Context) (*job, error) {
	if im.Progress == nil {
		im.Progress = noProgress{}
	}
	if im.Existing == "" && len(im.Key) > 0 {
		im.Existing = Fail
	}
	t, err := im.target(ctx)
	if err == nil {
		err = im.findDeferred(ctx, t)
	}
	if err != nil {
		return nil, err
	}
	j := &job{Import: im, target: t, result: &Result{
		Target: t.name, Keyed: len(im.Key) > 0, DryRun: im.DryRun, Policy: im.Existing,
		Call: t.routine != nil,
	}}
	j.rejects = &rejects{open: im.Rejects}
	if err := j.describe(); err != nil || len(j.columns) == 0 {
		return j, err
	}
	if t.routine != nil {
		if missing := t.missing(j.columns); missing != "" {
			return nil, fmt.Errorf("%s needs a value for %s, which the input does not have", t.name, missing)
		}
	}
	for _, key := range im.Key {
		i := indexOf(j.columns, key)
		if i < 0 {
			return nil, fmt.Errorf("the input has no column for the key %s of %s: "+
				"map one by -map %q", key, t.name, "COLUMN="+key)
		}
		j.columns[i].key = true
	}
	j.rejects.columns = j.columns
	return j, nil
}

func indexOf(columns []*column, name string) int {
	for i, c := range columns {
		if c.name == name {
			return i
		}
	}
	return -1
}

func (j *job) run(ctx context.Context) error {
	if len(j.columns) == 0 { // there are no rows
		return nil
	}
	position, err := j.resume(ctx)
	if err != nil || j.result.Done != "" {
		return err
	}
	switch {
	case j.Import.Rejects != nil:
	case j.repeatable() && j.undoes():
		return j.writeAndCheck(ctx, position)
	case j.repeatable():
		if err := j.checkAll(ctx); err != nil {
			return err
		}
	case j.Notice != nil:
		j.Notice("the input can be read only once: each row is checked when it is written, and " +
			j.consequence())
	}
	return j.write(ctx, position)
}

// undoes reports whether what has been written of the input is undone by a bad row, so that it need
// not be read twice: a routine may do what cannot be undone.
func (j *job) undoes() bool { return j.system.undoes && j.Batch == 0 && j.routine == nil }

// writeAndCheck writes the input and checks its rows as it goes. Only if one is bad it is read
// again, for the others that are.
func (j *job) writeAndCheck(ctx context.Context, position int64) error {
	err := j.write(ctx, position)
	if bad := (*RowError)(nil); errors.As(err, &bad) {
		if all := j.checkAll(ctx); all != nil {
			return all
		}
	}
	return err
}

// consequence says what a bad row does to an input that cannot be checked before.
func (j *job) consequence() string {
	if j.Batch > 0 {
		return "a bad one ends the import after the batches before it"
	}
	return "a bad one undoes all"
}

// checkAll reads the input to its end and checks each value, before any is written. It reports the
// first of those that are wrong.
func (j *job) checkAll(ctx context.Context) error {
	var wrong refusals
	enough := errors.New("enough is known")
	in, err := j.open(func(r *refused) error {
		if wrong.list = append(wrong.list, &r.RowError); len(wrong.list) == mostNamed {
			return enough
		}
		return nil
	})
	if err != nil {
		return err
	}
	defer in.close()
	if j.system.judges {
		for _, c := range j.columns {
			in.judges = append(in.judges, &judge{
				ctx: ctx, db: j.Database, unit: in.unit, column: c, bad: in.bad,
			})
		}
	}
	j.Progress.Begin("checking", in.size)
	defer j.Progress.End()
	var c chunk
	for !c.done && err == nil {
		if err = in.next(&c); err == nil {
			err = ctx.Err()
		}
		j.Progress.At(c.read, in.count)
	}
	for _, judge := range in.judges {
		if err == nil {
			err = judge.flush()
		}
	}
	switch {
	case err != nil && err != enough:
		return errors.Join(append(wrong.list, err)...)
	case len(wrong.list) > 0:
		return wrong
	}
	return nil
}

type noProgress struct{}

func (noProgress) Begin(string, int64) {}
func (noProgress) At(_, _ int64)       {}
func (noProgress) End()                {}
