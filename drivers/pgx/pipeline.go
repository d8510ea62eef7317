package pgx

import (
	"database/sql/driver"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A pipeline sends statements and reads the responses of the server. After an error its methods do
// nothing.
type pipeline struct {
	*pgconn.Pipeline
	conn *pgx.Conn
	err  error // the first
}

// send adds a statement and its arguments to the pipeline. Without a description, arguments and
// result are in the text format.
func (p *pipeline) send(
	text string, described *pgconn.StatementDescription, args []driver.NamedValue,
) {
	if p.err != nil {
		return
	}
	values := make([]any, len(args))
	for i, arg := range args {
		values[i] = arg.Value
	}
	var params pgx.ExtendedQueryBuilder
	if p.err = params.Build(p.conn.TypeMap(), described, values); p.err != nil {
		return
	}
	var oids []uint32
	var formats []int16
	if described != nil {
		oids, formats = described.ParamOIDs, formatsOf(described.Fields)
	}
	p.SendQueryParams(text, params.ParamValues, oids, params.ParamFormats, formats)
}

// formatsOf returns the formats of a result.
func formatsOf(columns []pgconn.FieldDescription) []int16 {
	list := make([]int16, len(columns))
	for i, c := range columns {
		list[i] = formats[c.DataTypeOID]
	}
	return list
}

// sync sends everything that was added. It does so after an error too, which leaves the connection
// in step with the server.
func (p *pipeline) sync() {
	if err := p.Sync(); p.err == nil {
		p.err = err
	}
}

// next returns the next response, which is of type T unless the server breaks the protocol.
func next[T any](p *pipeline) (response T) {
	if p.err != nil {
		return response
	}
	var found any
	if found, p.err = p.GetResults(); p.err != nil {
		return response
	}
	response, ok := found.(T)
	if !ok {
		p.err = fmt.Errorf("pgx: the server sent a %T where a %T is expected", found, response)
	}
	return response
}

// discard reads the result of a statement to its end.
func (p *pipeline) discard() {
	if r := next[*pgconn.ResultReader](p); p.err == nil {
		_, p.err = r.Close()
	}
}

// described returns the description of a statement that was the last before a sync.
func (p *pipeline) described() *pgconn.StatementDescription {
	d := next[*pgconn.StatementDescription](p)
	next[*pgconn.PipelineSync](p)
	return d
}

// rows returns the result of the last statement.
func (p *pipeline) rows() (driver.Rows, error) {
	if r := next[*pgconn.ResultReader](p); p.err == nil {
		return newRows(lastResult{r, p.Pipeline}, r.FieldDescriptions(), p.conn), nil
	}
	p.Close()
	return nil, p.err
}

// A lastResult is the last of a pipeline, whose end comes with it.
type lastResult struct {
	*pgconn.ResultReader
	pipeline *pgconn.Pipeline
}

func (r lastResult) Close() (pgconn.CommandTag, error) {
	tag, err := r.ResultReader.Close()
	if closing := r.pipeline.Close(); err == nil {
		err = closing
	}
	return tag, err
}
