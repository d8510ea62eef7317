package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/cmd/moresql/internal/check"
	"github.com/moresql/moresql/cmd/moresql/internal/database"
)

const checkUsage = `moresql check looks for what is wrong with the database that serve would serve.

Usage:

	moresql check -schema api -anon-role web
	moresql check -sql queries/
	moresql check -schema api -against @other-database-uri

It finds routines, tables and views that no request reaches, functions that only read and are not
declared to, or write and are declared to read, rights that are too wide, and .sql files that the
database does not take; with -against also where another database differs. It changes nothing, and
runs no routine.

The exit status is 0 if there is no problem, 1 if there is one, and 2 if the database cannot be
looked at. A note is no problem: it may well be meant.

Flags:

`

// A checking is what the flags of check say.
type checking struct{ format, against string }

func (c *checking) flags(flags *flag.FlagSet) {
	flags.StringVar(&c.format, "o", "text", "print the report as `text` or json")
	flags.StringVar(&c.against, "against", "",
		"compare the catalog with that of the database at the `URI`; one with a password is named by\n"+
			"MORESQL_AGAINST or, after @, by a file that has it")
}

// check is the subcommand check.
func (p process) check(ctx context.Context, args []string) int {
	var c checking
	o, others, err := p.parse("check", checkUsage, c.flags, args)
	switch {
	case err != nil:
	case len(others) > 0:
		err = fmt.Errorf("%s is not a flag", shown(others[0]))
	case c.format != "text" && c.format != "json":
		err = errors.New("-o must be text or json")
	case o.conf.IsArgument("against") && hasPassword(c.against):
		err = errors.New("-against names a file after @ for a URI with a password, since other users " +
			"can read arguments: set it by the environment variable MORESQL_AGAINST")
	}
	if err != nil {
		return p.misunderstood("check", err)
	}
	report, err := c.look(ctx, o)
	if err == nil && c.format == "json" {
		err = report.PrintJSON(p.stdout)
	} else if err == nil {
		err = report.Print(p.stdout)
	}
	switch {
	case err != nil:
		complain(p.stderr, err)
		return 2
	case report.Count(check.Problem) > 0:
		return 1
	}
	return 0
}

// hasPassword reports whether a URI may have a password. What is not understood may.
func hasPassword(uri string) bool {
	if strings.HasPrefix(uri, "@") || strings.HasPrefix(uri, "sqlite:") ||
		strings.HasPrefix(uri, "duckdb:") {
		return false
	}
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" && u.RawQuery == "" || strings.Contains(u.RawQuery, "pass") {
		return true
	}
	_, has := u.User.Password()
	return has
}

// look looks for all that check finds.
func (c *checking) look(ctx context.Context, o options) (*check.Report, error) {
	files := o.sqlFiles
	o.sqlFiles = "" // are looked at, and not called
	r, err := o.openRoutines(ctx)
	if err != nil {
		return nil, err
	}
	defer r.db.Close()
	current, system := r.cat.Current(), r.db.System
	s := o.subject(r.db)
	s.Snapshot = current
	list := check.ServedOf(current)
	if system.Check != nil {
		more, err := system.Check(ctx, s)
		if err != nil {
			return nil, r.db.Explain(err)
		}
		list = append(list, more...)
	}
	if files != "" {
		list = append(list, s.FilesOf(ctx, os.DirFS(files), system.Dialect)...)
	}
	if c.against != "" {
		more, err := c.compare(ctx, o, current)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return check.NewReport(r.db.Where(), current, list), nil
}

// subject returns a database as requests find it.
func (o *options) subject(db *database.DB) *check.Subject {
	s := &check.Subject{
		DB: db.Pool, Login: db.Variable, Anonymous: o.anon, Tokens: o.secret != "",
		PreRequest: o.preRequest, Explain: db.System.Explains,
	}
	if o.searchPath != nil {
		s.Path = o.pathFrom(firstSchema(o.schemas))
	}
	return s
}

// compare finds in what the other database differs.
func (c *checking) compare(
	ctx context.Context, o options, here *catalog.Snapshot,
) ([]check.Finding, error) {
	where, err := database.Locate(o.conf.From["against"], c.against)
	if err != nil {
		return nil, err
	}
	o.data = ""
	there, err := o.openRoutinesAt(ctx, where)
	if err != nil {
		return nil, err
	}
	defer there.db.Close()
	other := there.cat.Current()
	if here.Database() != other.Database() {
		return nil, fmt.Errorf("%s names a database of another system, whose types are others: "+
			"compare two of the same", o.conf.From["against"])
	}
	return check.DiffOf(here, other), nil
}
