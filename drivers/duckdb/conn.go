package duckdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
)

// A conn is a connection of the driver whose queries return exact values.
type conn struct{ *duckdb.Conn }

// Unwrap returns the driver's connection, for functions of the driver that need it.
func (c *conn) Unwrap() driver.Conn { return c.Conn }

// ExecContext runs statements without a result.
func (c *conn) ExecContext(
	ctx context.Context, text string, args []driver.NamedValue,
) (driver.Result, error) {
	result, err := c.Conn.ExecContext(ctx, text, args)
	return result, explained(err, len(args) > 0)
}

// PrepareContext returns a statement that is prepared anew for each query: the types of its columns
// may depend on those of the arguments.
func (c *conn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	prepared, err := c.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	return &stmt{prepared, c, text}, nil
}

// A stmt is a prepared statement.
type stmt struct {
	*duckdb.Stmt
	conn *conn
	text string
}

// QueryContext implements driver.StmtQueryContext.
func (s *stmt) QueryContext(
	ctx context.Context, args []driver.NamedValue,
) (driver.Rows, error) {
	return s.conn.QueryContext(ctx, s.text, args)
}

// QueryContext runs one statement, as a subquery if values of its columns need to be converted.
func (c *conn) QueryContext(
	ctx context.Context, text string, args []driver.NamedValue,
) (driver.Rows, error) {
	made, err := c.query(ctx, text, args)
	if err != nil {
		return nil, explained(err, len(args) > 0)
	}
	return made, nil
}

func (c *conn) query(
	ctx context.Context, text string, args []driver.NamedValue,
) (*rows, error) {
	prepared, err := c.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	columns, err := c.columns(ctx, prepared, text, args)
	if err == nil && isConverted(columns) {
		if err = prepared.Close(); err == nil {
			prepared, err = c.prepare(ctx, converting(text, columns))
		}
		if err != nil {
			return nil, err
		}
	} else if err == nil {
		columns = nil
	}
	if err != nil {
		return nil, errors.Join(err, prepared.Close())
	}
	made, err := prepared.QueryContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, prepared.Close())
	}
	return newRows(made, prepared, columns), nil
}

// prepare prepares the only statement of a text. The driver's PrepareContext would run all but the
// last of several.
func (c *conn) prepare(ctx context.Context, text string) (*duckdb.Stmt, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	made, err := c.Conn.Prepare(text)
	if err != nil {
		return nil, err
	}
	prepared, ok := made.(*duckdb.Stmt)
	if !ok {
		return nil, fmt.Errorf("duckdb: the driver returned a %T", made)
	}
	return prepared, nil
}

// columns returns the columns of a statement. Those of a query whose types depend on the types of
// its arguments are known when these are bound, for which DESCRIBE does not run it.
func (c *conn) columns(
	ctx context.Context, prepared *duckdb.Stmt, text string, args []driver.NamedValue,
) ([]column, error) {
	kind, err := prepared.StatementType()
	if err != nil {
		return nil, err
	}
	columns, known, err := columnsOf(prepared)
	switch isQuery := kind == duckdb.STATEMENT_TYPE_SELECT; {
	case err != nil:
		return nil, err
	case isQuery && !known:
		return c.describe(ctx, text, args)
	case !isQuery && isConverted(columns):
		return nil, errors.New("duckdb: only a query can return columns of JSON, an INTERVAL, times " +
			"and nested types: convert them by to_json(…)::VARCHAR")
	}
	return columns, nil
}

// describe returns the columns of a query for arguments.
func (c *conn) describe(
	ctx context.Context, text string, args []driver.NamedValue,
) (columns []column, err error) {
	made, err := c.Conn.QueryContext(ctx, "DESCRIBE SELECT * FROM ("+subquery(text)+") AS t", args)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, made.Close()) }()
	dest := make([]driver.Value, len(made.Columns()))
	for made.Next(dest) == nil {
		name, _ := dest[0].(string)
		typeName, _ := dest[1].(string)
		columns = append(columns, column{name, conversionOfName(typeName)})
	}
	return columns, nil
}

// subquery returns a query as what stands in parentheses: without the semicolon at its end, and so
// that a comment there does not swallow what follows.
func subquery(text string) string { return strings.TrimRight(text, "; \t\r\n") + "\n" }

// converting returns a query with its columns converted. They get new names, since several may have
// the same.
func converting(text string, columns []column) string {
	var items, names []string
	for i, column := range columns {
		name := fmt.Sprintf("c%d", i+1)
		items = append(items, column.conversion.of(name))
		names = append(names, name)
	}
	return "SELECT " + strings.Join(items, ", ") + " FROM (" + subquery(text) + ") AS t(" +
		strings.Join(names, ", ") + ")"
}
