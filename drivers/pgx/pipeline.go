package pgxpipe

import (
	"database/sql/driver"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// A pipeline sends statements and reads what the server answers. It does nothing more after an error.
type pipeline struct {
	*pgconn.Pipeline
	types *pgtype.Map
	err   error // the first
}

// send adds a statement with its arguments to what is sent. Without a description they are sent as text, and so is what it returns.
func (p *pipeline) send(text string, described *pgconn.StatementDescription, args []driver.NamedValue) {
	if p.err != nil {
		return
	}
	values := make([]any, len(args))
	for i, arg := range args {
		values[i] = arg.Value
	}
	var params pgx.ExtendedQueryBuilder
	if p.err = params.Build(p.types, described, values); p.err != nil {
		return
	}
	var oids []uint32
	var formats []int16
	if described != nil {
		oids, formats = described.ParamOIDs, formatsOf(described.Fields)
	}
	p.SendQueryParams(text, params.ParamValues, oids, params.ParamFormats, formats)
}

// formatsOf returns the formats that stdlib asks for: binary for what its Rows have as something else than text.
func formatsOf(columns []pgconn.FieldDescription) []int16 {
	formats := make([]int16, len(columns))
	for i, c := range columns {
		switch c.DataTypeOID {
		case pgtype.BoolOID, pgtype.ByteaOID, pgtype.CIDOID, pgtype.DateOID, pgtype.Float4OID, pgtype.Float8OID, pgtype.Int2OID, pgtype.Int4OID,
			pgtype.Int8OID, pgtype.OIDOID, pgtype.TimestampOID, pgtype.TimestamptzOID, pgtype.XIDOID:
			formats[i] = pgtype.BinaryFormatCode
		}
	}
	return formats
}

// sync has everything that was added go out: after an error too, which leaves the connection as good as it was.
func (p *pipeline) sync() {
	if err := p.Sync(); p.err == nil {
		p.err = err
	}
}

// next returns the next answer.
func next[T any](p *pipeline) (answer T) {
	if p.err != nil {
		return answer
	}
	var found any
	if found, p.err = p.GetResults(); p.err != nil {
		return answer
	}
	answer, ok := found.(T)
	if !ok {
		p.err = fmt.Errorf("the server has answered with a %T, where a %T was to come", found, answer)
	}
	return answer
}

// pass passes over the result of a statement.
func (p *pipeline) pass() {
	if r := next[*pgconn.ResultReader](p); p.err == nil {
		_, p.err = r.Close()
	}
}

// described returns what the server says of a statement, which was the last before a sync.
func (p *pipeline) described() *pgconn.StatementDescription {
	d := next[*pgconn.StatementDescription](p)
	next[*pgconn.PipelineSync](p)
	return d
}

// rows returns the result of the last statement.
func (p *pipeline) rows() (driver.Rows, error) {
	if r := next[*pgconn.ResultReader](p); p.err == nil {
		return &rows{r, r.FieldDescriptions(), p.Pipeline, p.types}, nil
	}
	p.Close()
	return nil, p.err
}
