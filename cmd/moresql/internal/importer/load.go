package importer

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"
)

// loadPostgres copies rows: by pgx as a stream that is written while the server reads it, by other
// drivers row by row.
func loadPostgres(
	ctx context.Context, w *writer, table string, c *chunk, rows []int, numbered bool,
) (written int64, err error) {
	names := w.names
	if numbered {
		names = append([]string{number}, names...)
	}
	text := "COPY " + table + " (" + strings.Join(names, ", ") + ") FROM STDIN"
	direct := false
	err = w.conn.Raw(func(conn any) error {
		if wrapper, ok := conn.(interface{ Unwrap() driver.Conn }); ok {
			conn = wrapper.Unwrap()
		}
		own, ok := conn.(*stdlib.Conn)
		if direct = ok; !ok {
			return nil
		}
		tag, err := own.Conn().PgConn().CopyFrom(ctx,
			newCopyText(c, rows, numbered), text+" (ENCODING 'UTF8')")
		written = tag.RowsAffected()
		return err
	})
	if direct || err != nil {
		return written, err
	}
	return copyRows(ctx, w.conn, text, c, rows, numbered)
}

// copyRows copies rows as lib/pq does it: a prepared COPY is executed for each row, and at the end
// without one.
func copyRows(
	ctx context.Context, conn *sql.Conn, text string, c *chunk, rows []int, numbered bool,
) (written int64, err error) {
	copier, err := conn.PrepareContext(ctx, text)
	if err != nil {
		return 0, err
	}
	defer copier.Close()
	var args []any
	for _, row := range rows {
		args = appendRow(args[:0], c, row, numbered, nil)
		if _, err := copier.ExecContext(ctx, args...); err != nil {
			return 0, err
		}
	}
	done, err := copier.ExecContext(ctx)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// appendRow appends the values of a row as arguments: texts, but for columns that bind others.
func appendRow(args []any, c *chunk, row int, numbered bool, columns []*column) []any {
	if numbered {
		args = append(args, c.lines[row])
	}
	for i := range c.width {
		text, null := c.value(row, i)
		switch {
		case null:
			args = append(args, nil)
		case columns != nil && columns[i].bind != nil:
			args = append(args, columns[i].bind(text))
		default:
			args = append(args, string(text))
		}
	}
	return args
}

// A copyText reads as some rows of a chunk in COPY's text format (PostgreSQL manual, COPY).
type copyText struct {
	c        *chunk
	rows     []int
	numbered bool
	plain    bool // no value has a letter to escape
	block    []byte
	rest     []byte
}

func newCopyText(c *chunk, rows []int, numbered bool) *copyText {
	plain, data := true, c.texts(rows)
	for _, letter := range []byte("\\\t\n\r") {
		plain = plain && bytes.IndexByte(data, letter) < 0
	}
	return &copyText{c: c, rows: rows, numbered: numbered, plain: plain}
}

func (t *copyText) Read(p []byte) (int, error) {
	if len(t.rest) == 0 {
		t.block = t.block[:0]
		for len(t.rows) > 0 && len(t.block) < len(p) {
			t.appendRow(t.rows[0])
			t.rows = t.rows[1:]
		}
		t.rest = t.block
	}
	if len(t.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, t.rest)
	t.rest = t.rest[n:]
	return n, nil
}

func (t *copyText) appendRow(row int) {
	b := t.block
	if t.numbered {
		b = append(strconv.AppendInt(b, t.c.lines[row], 10), '\t')
	}
	for i := range t.c.width {
		if i > 0 {
			b = append(b, '\t')
		}
		if text, null := t.c.value(row, i); null {
			b = append(b, '\\', 'N')
		} else if t.plain {
			b = append(b, text...)
		} else {
			b = appendCopy(b, text)
		}
	}
	t.block = append(b, '\n')
}

// copyEscapes are the letters that COPY writes with a backslash.
var copyEscapes = [256]byte{'\\': '\\', '\t': 't', '\n': 'n', '\r': 'r'}

func appendCopy(b, text []byte) []byte {
	from := 0
	for i, c := range text {
		if e := copyEscapes[c]; e != 0 {
			b = append(append(b, text[from:i]...), '\\', e)
			from = i + 1
		}
	}
	return append(b, text[from:]...)
}

// insertRows returns a load that inserts up to most rows at a time.
func insertRows(most int) loader {
	return func(
		ctx context.Context, w *writer, table string, c *chunk, rows []int, numbered bool,
	) (written int64, err error) {
		width := c.width
		if numbered {
			width++
		}
		var args []any
		for len(rows) > 0 {
			// A statement has at most 32,766 parameters on SQLite and 65,535 on MySQL.
			n := min(most, len(rows), max(1, 30_000/width))
			insert, err := w.prepared(ctx, table, n, numbered)
			if err != nil {
				return 0, err
			}
			args = args[:0]
			for _, row := range rows[:n] {
				args = appendRow(args, c, row, numbered, w.columns)
			}
			done, err := insert.ExecContext(ctx, args...)
			if isTooLong(err) { // the statement of MariaDB would fail for any other row as well
				w.forget(insert)
			}
			if err != nil {
				return 0, err
			}
			inserted, err := done.RowsAffected()
			if err != nil {
				return 0, err
			}
			written += inserted
			rows = rows[n:]
		}
		return written, nil
	}
}

// forget closes a statement that has been kept.
func (w *writer) forget(insert *sql.Stmt) {
	for text, s := range w.kept {
		if s == insert {
			s.Close()
			delete(w.kept, text)
		}
	}
}

// insertText returns the text that inserts n rows of some columns.
func insertText(table string, names []string, n int) string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ") + ")"
	var b bytes.Buffer
	b.WriteString("INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") VALUES ")
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(row)
	}
	return b.String()
}
