package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"

	"github.com/moresql/moresql"
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

Which tools there are is up to the database: those that the role may execute.
moresql -mcp serves the tools over HTTP, at /mcp.

Flags:

`

func (p process) mcp(ctx context.Context, args []string) int {
	var a actor
	o, others, err := p.parse("mcp", mcpUsage, a.flags, args)
	if err == nil && len(others) > 0 {
		err = fmt.Errorf("%s is not a flag", shown(others[0]))
	}
	if err != nil {
		return p.misunderstood("mcp", err)
	}
	return p.failed(o.serveTools(ctx, &a, p.stdin, p.stdout, o.Logger(p.stderr)))
}

// serveTools serves one client until in ends or ctx is done.
func (o options) serveTools(
	ctx context.Context, who *actor, in io.Reader, out io.Writer, log *slog.Logger,
) error {
	o.mcp = true
	a, err := o.openAs(ctx, who, log)
	if err != nil {
		return err
	}
	defer a.db.Close()
	if r := newReloader(a, log); r != nil {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, hangups...)
		defer signal.Stop(signals)
		defer r.start(ctx, o.channel, signals)()
	}
	if err := a.tools(a.m).Serve(ctx, in, out); ctx.Err() == nil {
		return err
	}
	return nil
}

// tools returns the server of the routines of the schemas, or else of the sample's statements.
func (a *api) tools(m *moresql.MoreSQL) *mcp.Server {
	m, cat := a.callable(m)
	options := []moresql.Option(nil)
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
		MaxBytes: a.limits.toolBytes(), MaxBody: lifted(a.limits.body), Memory: a.limits.memory,
		AuthorizationServers: a.authServers,
		URL:                  strings.TrimSuffix(cmp.Or(a.server, a.url), "/") + "/mcp",
	}, append(options, a.before...)...)
}
