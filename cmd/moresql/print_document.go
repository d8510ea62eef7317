package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
)

const openAPIUsage = `moresql openapi prints the OpenAPI document of the functions, procedures and,
with -tables, tables of your schemas: the one that moresql serves at /openapi.json.

Usage:

	MORESQL_DATABASE_URI=postgres://user:password@host:5432/database moresql openapi -schema api

The flags of moresql serve hold here as well.

Flags:

`

func (p process) openAPI(ctx context.Context, args []string) int {
	var who actor
	o, others, err := p.parse("openapi", openAPIUsage, who.flags, args)
	if err == nil && len(others) > 0 {
		err = fmt.Errorf("%s is not a flag", shown(others[0]))
	}
	if err != nil {
		return p.misunderstood("openapi", err)
	}
	log := slog.New(slog.NewTextHandler(p.stderr, nil))
	return p.failed(o.printDocument(ctx, &who, p.stdout, log))
}

// printDocument prints what the role of the actor gets.
func (o options) printDocument(
	ctx context.Context, who *actor, out io.Writer, log *slog.Logger,
) error {
	a, err := o.openAs(ctx, who, log)
	if err != nil {
		return err
	}
	defer a.db.close()
	if a.cat == nil {
		return errors.New("the document is that of a schema: name it with -schema")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/openapi.json", nil)
	if err != nil {
		return err
	}
	m := a.m.With(formats(false))
	w := &page{header: http.Header{}}
	a.document(m, nil, append(a.listOptions(), values(false))...).ServeHTTP(w, r)
	if w.status >= http.StatusBadRequest {
		return fmt.Errorf("the document cannot be made: %s", w.Bytes())
	}
	_, err = out.Write(append(w.Bytes(), '\n'))
	return err
}

// A page is a response that stays in the process.
type page struct {
	bytes.Buffer
	header http.Header
	status int
}

func (p *page) Header() http.Header    { return p.header }
func (p *page) WriteHeader(status int) { p.status = status }
