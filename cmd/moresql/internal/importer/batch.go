package importer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// An import in batches keeps its position in the table moresql_imports next to the target, in the
// same transaction as the rows: whatever ends the process, the rows up to the position are there,
// and no others. The file is known by its digest. The position stays when all is imported, so that
// a second run, after a crash between the last commit and the message, imports nothing twice.

// bookkeeping is the table's name.
const bookkeeping = "moresql_imports"

const createBookkeeping = `CREATE TABLE %s (
	target varchar(200)%s NOT NULL, digest varchar(64) NOT NULL,
	settings text NOT NULL, line bigint NOT NULL, done integer NOT NULL,
	changed timestamp DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (target, digest))`

// keepsPosition reports whether the import can be resumed.
func (j *job) keepsPosition() bool { return j.Batch > 0 && !j.DryRun && j.repeatable() }

// resume returns the line up to which the file has been imported.
func (j *job) resume(ctx context.Context) (line int64, err error) {
	if j.Batch == 0 || j.DryRun {
		return 0, nil
	}
	if !j.repeatable() {
		if j.Existing == Update || j.Existing == Skip {
			return 0, nil // a second run finds the rows of the first by their keys
		}
		return 0, errors.New("-batch of what can be read only once needs -key and -existing skip or " +
			"update, so that it can be repeated: or name a file")
	}
	if j.digest, err = j.Input.digest(); err != nil {
		return 0, fmt.Errorf("the file cannot be read (%w)", err)
	}
	if err := j.createBookkeeping(ctx); err != nil {
		return 0, err
	}
	var settings, changed string
	var done int
	err = j.Database.QueryRowContext(ctx, j.arguments("SELECT settings, line, done, "+
		"CAST(changed AS char(19)) FROM "+j.books()+" WHERE target = ? AND digest = ?"),
		j.place(), j.digest).Scan(&settings, &line, &done, &changed)
	switch {
	case err == sql.ErrNoRows:
		return 0, nil
	case err != nil:
		return 0, err
	case j.Again:
		_, err := j.Database.ExecContext(ctx, j.arguments("DELETE FROM "+j.books()+
			" WHERE target = ? AND digest = ?"), j.place(), j.digest)
		return 0, err
	case done != 0:
		j.result.Done = changed
		return line, nil
	case settings != j.settings():
		return 0, fmt.Errorf("the import of this file was begun with other columns or another "+
			"-existing, and ended after %s %d: repeat it as it was, or begin again with -again, "+
			"which imports the first rows twice", j.unit, line)
	}
	j.begun, j.result.Resumed = true, line
	return line, j.rejects.resume(line)
}

// createBookkeeping creates the table unless it is there.
func (j *job) createBookkeeping(ctx context.Context) error {
	check := "SELECT line FROM " + j.books() + " WHERE 1 = 0"
	rows, err := j.Database.QueryContext(ctx, check)
	if err == nil {
		return rows.Close()
	}
	create := fmt.Sprintf(createBookkeeping, j.books(), j.system.exact)
	if _, err = j.Database.ExecContext(ctx, create); err == nil {
		return nil
	}
	if rows, again := j.Database.QueryContext(ctx, check); again == nil { // another has created it
		return rows.Close()
	}
	return fmt.Errorf("-batch keeps its position in the table %s, which cannot be created (%s)",
		j.books(), reasonOf(err))
}

// books is the name of the table as SQL.
func (j *job) books() string {
	schema := ""
	if j.relation != nil {
		schema = j.relation.Schema
	} else {
		schema = j.routine.Schema
	}
	return j.system.ident(schema) + "." + j.system.ident(bookkeeping)
}

// place is the target as the table has it, however it has been named: a table and a routine may
// have the same name.
func (j *job) place() string {
	if j.routine != nil {
		return "call " + j.routine.Schema + "." + j.routine.Name
	}
	return j.relation.Schema + "." + j.relation.Name
}

// settings are what a resumed import must have in common with the one that began.
func (j *job) settings() string {
	list := make([]string, len(j.columns))
	for i, c := range j.columns {
		list[i] = c.source + "=" + c.name
	}
	return strings.Join(list, ",") + " " + strings.Join(j.Key, ",") + " " + j.Existing
}

// arguments numbers the placeholders of a text where the database wants it.
func (j *job) arguments(text string) string {
	if !j.system.judges {
		return text
	}
	for i := 1; strings.Contains(text, "?"); i++ {
		text = strings.Replace(text, "?", fmt.Sprintf("$%d", i), 1)
	}
	return text
}

// keepPosition writes the position after a chunk.
func (w *writer) keepPosition(ctx context.Context, c *chunk) error {
	if !w.keepsPosition() {
		return nil
	}
	done, line := 0, max(c.last, w.position)
	if c.done {
		done = 1
	}
	if !w.begun {
		w.begun = true
		_, err := w.conn.ExecContext(ctx, w.arguments("INSERT INTO "+w.books()+
			" (target, digest, settings, line, done) VALUES (?, ?, ?, ?, ?)"),
			w.place(), w.digest, w.settings(), line, done)
		return err
	}
	written, err := w.conn.ExecContext(ctx, w.arguments("UPDATE "+w.books()+
		" SET line = ?, done = ?, changed = CURRENT_TIMESTAMP WHERE target = ? AND digest = ? "+
		"AND line = ? AND done = 0"), line, done, w.place(), w.digest, w.position)
	if err != nil {
		return err
	}
	if n, err := written.RowsAffected(); err != nil || n != 1 {
		return errors.Join(err, errors.New("another import of the same file is under way: "+
			"this batch is not imported"))
	}
	return nil
}
