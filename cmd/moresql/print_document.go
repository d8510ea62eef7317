package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/token"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/rest/client"
)

const openAPIUsage = `moresql openapi prints the OpenAPI document of the functions, procedures and,
with -tables, tables of your schemas: the one that moresql serves at /openapi.json. Without
-schema it is that of the sample. With -client it prints a typed client of the functions,
procedures and, with -tables, tables of your schemas instead.

Usage:

	MORESQL_DATABASE_URI=postgres://user:password@host:5432/database moresql openapi -schema api
	moresql openapi -schema api -client go -package films > films/client.go
	moresql openapi -schema api -client ts > client.ts

Flags:

`

// A printed document is that of an actor, or a client of what is in it.
type printed struct {
	actor
	client string // the language of the client, "" for the document
	pkg    string // of a client in Go
}

func (p *printed) flags(flags *flag.FlagSet) {
	p.actor.flags(flags)
	flags.StringVar(&p.client, "client", "",
		"print a typed client in the `LANGUAGE`, go or ts")
	flags.StringVar(&p.pkg, "package", "",
		"with -client go: give its package the `NAME`; without it that of the schema")
}

func (p *printed) check() error {
	switch {
	case p.client != "" && p.client != "go" && p.client != "ts":
		return errors.New("-client is written in go or ts")
	case p.pkg != "" && (p.client != "go" || !token.IsIdentifier(p.pkg) || p.pkg == "_"):
		return errors.New("-package is the name of a package of Go, with -client go")
	}
	return nil
}

func (p process) openAPI(ctx context.Context, args []string) int {
	var what printed
	o, others, err := p.parse("openapi", openAPIUsage, what.flags, args)
	if err == nil {
		err = what.check()
	}
	if err == nil && len(others) > 0 {
		err = fmt.Errorf("%s is not a flag", shown(others[0]))
	}
	if err != nil {
		return p.misunderstood("openapi", err)
	}
	log := slog.New(slog.NewTextHandler(p.stderr, nil))
	return p.failed(o.printDocument(ctx, &what, p.stdout, log))
}

// printDocument prints what the role of the actor gets.
func (o options) printDocument(
	ctx context.Context, what *printed, out io.Writer, log *slog.Logger,
) error {
	a, err := o.openAs(ctx, &what.actor, log)
	if err != nil {
		return err
	}
	defer a.db.Close()
	_, cat := a.callable(a.m)
	if what.client != "" && cat == nil {
		return errors.New("a client is of the routines of a schema, or of files: name it with " +
			"-schema, or them with -sql")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/openapi.json", nil)
	if err != nil {
		return err
	}
	m := a.m.With(formats(false))
	w := &page{header: http.Header{}}
	a.document(m, a.mounted(m), append(a.listOptions(), values(false))...).ServeHTTP(w, r)
	if w.status >= http.StatusBadRequest {
		return fmt.Errorf("the document cannot be made: %s", w.Bytes())
	}
	text := append(w.Bytes(), '\n')
	if what.client != "" {
		var relations *catalog.Snapshot
		if a.tables { // of another catalog than files have
			relations = a.cat.Current()
		}
		if text, err = what.source(cat.Current(), relations, text); err != nil {
			return err
		}
	}
	_, err = out.Write(text)
	return err
}

// source returns a client of the routines and relations that are in a document.
func (p *printed) source(s, relations *catalog.Snapshot, document []byte) ([]byte, error) {
	var d described
	if err := json.Unmarshal(document, &d.root); err != nil {
		return nil, err
	}
	o := client.Options{
		Package: p.pkg, Relations: relations, Rights: d.rights,
		May: func(r *catalog.Routine) bool {
			return d.at("paths", "/rpc/"+rest.Segment(r.Name)) != nil
		},
	}
	if relations != nil {
		o.Tables = "/"
	}
	if p.client == "ts" {
		return client.TypeScript(s, o), nil
	}
	return client.Go(s, o)
}

// described is what a document describes.
type described struct{ root any }

// at returns a member of members, nil if there is none.
func (d described) at(path ...string) any {
	v := d.root
	for _, name := range path {
		if list, ok := v.([]any); ok && len(list) > 0 { // an alternative
			v = list[0]
		}
		o, _ := v.(map[string]any)
		v = o[name]
	}
	return v
}

// relationRights are where the document has what each right lets one do, and the columns for it.
var relationRights = []struct {
	right   catalog.Rights
	method  string
	columns string
}{
	{catalog.MaySelect, "get", "responses 200 content application/json schema items $ref"},
	{catalog.MayInsert, "post", "requestBody content application/json schema anyOf $ref"},
	{catalog.MayUpdate, "patch", "requestBody content application/json schema $ref"},
	{catalog.MayDelete, "delete", ""},
}

// rights returns what of the rights to a relation, or to one of its columns, is described.
func (d described) rights(r *catalog.Relation, column string) (may catalog.Rights) {
	for _, of := range relationRights {
		operation := []string{"paths", "/" + rest.Segment(r.Name), of.method}
		is := d.at(operation...)
		if column != "" {
			ref, _ := d.at(append(operation, strings.Fields(of.columns)...)...).(string)
			name := strings.TrimPrefix(ref, "#/components/schemas/")
			is = d.at("components", "schemas", name, "properties", column)
		}
		if is != nil {
			may |= of.right
		}
	}
	return may
}

// A page is a response that stays in the process.
type page struct {
	bytes.Buffer
	header http.Header
	status int
}

func (p *page) Header() http.Header    { return p.header }
func (p *page) WriteHeader(status int) { p.status = status }
