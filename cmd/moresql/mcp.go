package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/cmd/moresql/internal/token"
	"github.com/moresql/moresql/mcp"
	"github.com/moresql/moresql/rest"
)

const mcpUsage = `moresql mcp serves functions and procedures as tools of the Model Context
Protocol, to the client that starts it, on its standard input and output.

Usage:

	MORESQL_DATABASE_URI=postgres://user:password@host:5432/database moresql mcp -schema api
	moresql mcp     the statements of the sample

A client finds it by its configuration, most as

	{"mcpServers": {"films": {"command": "moresql", "args": ["mcp", "-schema", "api"],
		"env": {"MORESQL_DATABASE_URI": "@/home/ada/films.uri"}}}}

Which tools there are is up to the database: those that the role may execute. The flags of
moresql serve hold here as well; moresql -mcp serves the tools over HTTP, at /mcp.

Flags:

`

// An actor is who runs the calls of a client that the user of the machine has started.
type actor struct{ role, claims string }

func (a *actor) flags(flags *flag.FlagSet) {
	flags.StringVar(&a.role, "role", "",
		"run each call as the `ROLE` (PostgreSQL); without it as that of -anon-role, or else the login")
	flags.StringVar(&a.claims, "claims", "",
		"with -role: let calls find the claims `JSON`, an object, in request.jwt.claims; or those in\n"+
			"the file after @")
}

// session returns the option that has calls run as the actor, nothing if that is the login.
func (a *actor) session(o *options, where place) ([]moresql.Option, error) {
	switch {
	case a.role == "" && a.claims != "":
		return nil, errors.New("-claims are those of a role: name it with -role")
	case a.role == "" && !o.auth.on():
		return nil, nil
	case a.role == "" && o.auth.anon == "":
		return nil, errors.New("-jwt-secret is for requests with a token: name the role with -role")
	case !where.system.settings:
		return nil, errors.New("-role is for PostgreSQL, which runs a call as a role")
	case a.role != "" && !token.IsRole(a.role):
		return nil, errors.New("-role must be the name of a role")
	}
	text, err := readSecret(a.claims)
	if err != nil {
		return nil, err
	}
	claims := &token.Claims{Role: a.role}
	if text != "" {
		var object map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &object) != nil || object == nil {
			return nil, errors.New("-claims must be an object of JSON")
		}
		claims.JSON = json.RawMessage(text)
	}
	who := &identity{auth: &o.auth, schemas: o.schemas}
	return with{moresql.Session(func(r *http.Request) (moresql.Settings, error) {
		return who.settingsFor(r, claims)
	})}, nil
}

func (p process) mcp(ctx context.Context, args []string) int {
	var a actor
	o, others, err := p.parse("mcp", mcpUsage, a.flags, args)
	if err == nil && len(others) > 0 {
		err = fmt.Errorf("%s is not a flag", shown(others[0]))
	}
	if err != nil {
		return p.misunderstood("mcp", err)
	}
	log := slog.New(slog.NewTextHandler(p.stderr, nil))
	return p.failed(o.serveTools(ctx, &a, p.stdin, p.stdout, log))
}

// serveTools serves one client until in ends or ctx is done.
func (o options) serveTools(
	ctx context.Context, who *actor, in io.Reader, out io.Writer, log *slog.Logger,
) error {
	where, err := locate(o.conf.from["database-uri"], o.database)
	if err != nil {
		return err
	}
	o.mcp = true
	if err := o.check(where); err != nil {
		return err
	}
	session, err := who.session(&o, where)
	if err != nil {
		return err
	}
	before, err := o.auth.before()
	if err != nil {
		return err
	}
	db, err := where.open(o.data)
	if err != nil {
		return err
	}
	defer db.close()
	db.limit(o.connections)
	a := &api{
		m:  moresql.New(db.pool, append(o.calls(db, log), session...)...),
		db: db, schemas: o.schemas, superuser: o.superuser, txEnd: o.txEnd, maxRows: o.maxRows,
		toolRows: o.toolRows, before: before,
	}
	if err := a.prepare(ctx, o.install); err != nil {
		return err
	}
	if a.cat != nil {
		defer newReloader(a.cat, db, log).start(ctx, o.channel)()
	}
	if err := a.tools(a.m).Serve(ctx, in, out); ctx.Err() == nil {
		return err
	}
	return nil
}

// tools returns the server of the routines of the schemas, or else of the sample's statements.
func (a *api) tools(m *moresql.MoreSQL) *mcp.Server {
	cat, options := a.cat, []moresql.Option(nil)
	if cat == nil {
		cat = a.sample
	}
	if a.txEnd != rest.Commit {
		options = append(options, rest.EndTx(a.txEnd))
	}
	rows := a.toolRows
	if a.maxRows > 0 {
		rows = min(rows, a.maxRows)
	}
	return mcp.New(m, cat, mcp.Options{
		Version: version(), MaxRows: int(rows), Unguarded: true, // -host and -cors decide
	}, append(options, a.before...)...)
}
