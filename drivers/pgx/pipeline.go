package pgx

import (
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// A pipeline sends statements and reads the responses of the server. After an error its methods do
// nothing but read the rest.
type pipeline struct {
	*pgconn.Pipeline
	conn *conn
	sent []sent // statements
	read int    // how many of them have responded
	done int    // statements that have been read to their end
	err  error  // the first
}

// A sent statement is one whose response is expected. One that is not known yet, and has a name, is
// described before it responds.
type sent struct {
	text, name string
	known      *statement // or nil
}

// start begins a pipeline, in which statements that have been dropped are closed first.
func (c *conn) start(ctx context.Context) *pipeline {
	p := &c.pipeline
	*p = pipeline{
		Pipeline: c.Conn.Conn().PgConn().StartPipeline(ctx), conn: c, sent: p.sent[:0],
	}
	for _, name := range c.dropped {
		p.SendDeallocate(name)
		p.sent = append(p.sent, sent{name: name})
	}
	return p
}

// send adds a statement and its arguments to the pipeline. One that is not known yet has arguments
// and result in the text format.
func (p *pipeline) send(text string, args []driver.NamedValue) {
	if p.err != nil {
		return
	}
	known := p.conn.find(text)
	if p.err = p.conn.encode(known, args); p.err != nil {
		return
	}
	params := &p.conn.params
	next := sent{text: text, known: known}
	switch {
	case known == nil:
		if next.name = p.conn.name(); next.name == "" {
			p.SendQueryParams(text, params.ParamValues, nil, params.ParamFormats, nil)
			break
		}
		p.SendPrepare(next.name, text, nil)
		p.SendQueryPrepared(next.name, params.ParamValues, params.ParamFormats, nil)
	case known.named():
		p.SendQueryStatement(known.StatementDescription, params.ParamValues, params.ParamFormats,
			known.formats)
	default:
		p.SendQueryParams(text, params.ParamValues, known.ParamOIDs, params.ParamFormats, known.formats)
	}
	p.sent = append(p.sent, next)
}

// prepare adds a request to describe a statement.
func (p *pipeline) prepare(text string) {
	name := p.conn.name()
	p.SendPrepare(name, text, nil)
	p.sent = append(p.sent, sent{text: text, name: name})
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

// result returns the result of the next statement, nil after an error.
func (p *pipeline) result() *pgconn.ResultReader {
	if p.err != nil { // what follows it has not been sent, or has not run
		return nil
	}
	this := p.sent[p.read]
	p.read++
	if this.known == nil && this.name != "" {
		this.known = p.describe(this)
	}
	r := next[*pgconn.ResultReader](p)
	if p.err != nil && this.known != nil {
		p.conn.failed(this.known, p.err)
	}
	return r
}

// describe reads the description of a statement.
func (p *pipeline) describe(this sent) *statement {
	d := next[*pgconn.StatementDescription](p)
	if p.err != nil {
		return nil
	}
	return p.conn.add(this.name, this.text, d)
}

// discard reads the result of the next statement to its end.
func (p *pipeline) discard() {
	r := p.result()
	if p.err == nil {
		_, p.err = r.Close()
	}
	if p.err == nil {
		p.done++
	}
}

// closed reads that statements have been closed.
func (p *pipeline) closed() {
	for p.read < len(p.sent) && p.sent[p.read].text == "" {
		p.read++
		if next[*pgconn.CloseComplete](p); p.err == nil {
			p.conn.dropped = p.conn.dropped[1:]
		}
	}
}

// described reads the description of a statement that was the last before a sync.
func (p *pipeline) described() *statement {
	if p.err != nil {
		return nil
	}
	this := p.sent[p.read]
	p.read++
	s := p.describe(this)
	next[*pgconn.PipelineSync](p)
	return s
}

// rows returns the result of the next statement. What is sent after it belongs to tx, if there is
// anything.
func (p *pipeline) rows(tx *tx) (driver.Rows, error) {
	r := p.result()
	if p.err == nil {
		last := &lastResult{ResultReader: r, pipeline: p, tx: tx}
		return newRows(last, r.FieldDescriptions(), p.conn.Conn.Conn()), nil
	}
	p.Close()
	return nil, p.err
}

// A lastResult is the result of a pipeline, whose end comes with it.
type lastResult struct {
	*pgconn.ResultReader
	pipeline *pipeline // nil once it has ended: the connection has only one, as of the result
	tx       *tx
	tag      pgconn.CommandTag
	err      error
}

// Close reads the rest of the pipeline, too. What fails after the result is no error of the result:
// the transaction is not over then.
func (r *lastResult) Close() (pgconn.CommandTag, error) {
	p := r.pipeline
	if p == nil {
		return r.tag, r.err
	}
	r.pipeline = nil
	r.tag, r.err = r.ResultReader.Close()
	p.err = cmp.Or(p.err, r.err)
	for p.read < len(p.sent) && p.err == nil {
		p.discard()
	}
	closing := p.Close()
	if r.tx == nil {
		r.err = cmp.Or(r.err, closing)
	} else {
		r.tx.over = cmp.Or(p.err, closing) == nil
	}
	return r.tag, r.err
}
