// Command moresql serves stored procedures: those of a sample API, on an embedded SQLite or on the PostgreSQL or MySQL
// database that the environment names, or every routine of that database's schemas.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/moresql/moresql"
)

const usage = `moresql serves a sample API, in which each route calls one stored procedure, or every
function and procedure of a database's schemas.

Usage:

	moresql [flags]

It needs no database: without one it brings its own, SQLite with one .sql file for each
procedure. To run the same routes on another, name it in the environment variable
MORESQL_DATABASE_URI, or else in DATABASE_URL, and have -init install the sample:

	MORESQL_DATABASE_URI=postgres://user:password@host:5432/database moresql -init
	MORESQL_DATABASE_URI=mysql://user:password@host:3306/database moresql -init

To serve the functions and procedures of schemas of your own, each at /rpc/ and its name,
name the schemas (MySQL: the databases):

	MORESQL_DATABASE_URI=postgres://user:password@host:5432/database moresql -schema api

The sample is served then only where it is installed. The routes follow the database: on
PostgreSQL after NOTIFY moresql, which event triggers can send (docs/reload.md has them), and
everywhere after the signal SIGHUP.

Every route answers in the format that the request accepts: JSON, CSV, an HTML table for
browsers, Arrow, MessagePack and more; at /rpc/ text/plain is the bare value. On PostgreSQL
and SQLite /cars and lists at /rpc/ give the part that is asked for, as in
/cars?doors=eq.4&order=name&limit=10.

It prints every route with a curl line to try it. Ctrl-C ends it.

It listens on this machine alone unless -addr says otherwise, and serves for no superuser of the
database unless -superuser does. Pages of other origins can read nothing unless -cors names them.
No answer is kept by a cache unless the function says so in response.headers (-http-settings).

Flags:

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run is the command, until ctx ends it. It returns the exit status: 1 when it failed, 2 when it was not understood, each
// with one line on stderr.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	o, err := parseFlags(args, stdout)
	switch {
	case err == flag.ErrHelp:
		return 0
	case err != nil:
		complain(stderr, fmt.Errorf("%w; moresql -h tells more", err))
		return 2
	}
	err = o.serve(ctx, getenv, stdout, slog.New(slog.NewTextHandler(stderr, nil)))
	if err != nil {
		complain(stderr, err)
		return 1
	}
	return 0
}

// complain prints an error on one line, whatever it was told.
func complain(stderr io.Writer, err error) {
	fmt.Fprintln(stderr, "moresql:", oneLine(err))
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// options are what the flags say.
type options struct {
	addr    string
	data    string
	install bool
	schemas []string
	channel string // "" to listen to none

	httpSettings bool
	maxRows      int // of a list, 0 for all

	superuser bool     // the database's user may be one
	origins   []string // whose pages may read the answers
}

func parseFlags(args []string, stdout io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("moresql", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // it would print the usage with every mistake
	flags.StringVar(&o.addr, "addr", "localhost:8080", "serve on `host:port`; port 0 takes any that is free")
	flags.StringVar(&o.data, "data", "", "keep the SQLite database in the folder `DIR`, which is made if there is none;\n"+
		"without it the data lives in a temporary folder and ends with the command")
	flags.BoolVar(&o.install, "init", false, "install the sample's tables and procedures in the PostgreSQL or MySQL database;\n"+
		"may be repeated and keeps the data (SQLite always has them)")
	flags.Func("schema", "serve every function and procedure of the schema `NAME` at /rpc/, on MySQL those of the database;\n"+
		"may be repeated: of those with the same name the first schema's are served", o.addSchema)
	flags.StringVar(&o.channel, "channel", "moresql", "with -schema on PostgreSQL: read the schemas again when NOTIFY is sent to\n"+
		"the channel `NAME`; none when it is empty")
	flags.BoolVar(&o.httpSettings, "http-settings", false, "let PostgreSQL's functions read the request from request.headers and other settings,\n"+
		"and write response.status and response.headers; each call is a transaction then")
	flags.IntVar(&o.maxRows, "max-rows", 0, "send at most `n` rows of a list, whatever a request asks for: the Link field leads to\n"+
		"the next ones; 0 sends all (PostgreSQL and SQLite)")
	flags.BoolVar(&o.superuser, "superuser", false, "serve although the database's user is a superuser, of MySQL one with the privilege SUPER")
	flags.Func("cors", "let pages of the `ORIGIN`, such as https://example.com, read the answers; * stands for all;\n"+
		"may be repeated", o.addOrigin)
	if slices.ContainsFunc(args, namesDatabase) { // an error of any flag would quote it, with its password
		return o, errors.New("the database is named by the environment variable MORESQL_DATABASE_URI, not by an argument")
	}
	err := flags.Parse(args)
	switch {
	case err == flag.ErrHelp:
		fmt.Fprint(stdout, usage)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
	case err == nil && flags.NArg() > 0:
		err = fmt.Errorf("%q is not a flag, and there are no other arguments", flags.Arg(0))
	case err == nil && o.maxRows < 0:
		err = errors.New("-max-rows is the number of rows that a list has at most, or 0 for all")
	}
	return o, err
}

// namesDatabase reports whether an argument is a URI, and not an origin.
func namesDatabase(arg string) bool {
	_, value, found := strings.Cut(arg, "=") // -cors=https://example.com
	return strings.Contains(arg, "://") && !isOrigin(arg) && !(found && isOrigin(value))
}

func (o *options) addOrigin(origin string) error {
	if origin != "*" && !isOrigin(origin) {
		return errors.New("an origin is * or a scheme and a host, as in https://example.com")
	}
	o.origins = append(o.origins, origin)
	return nil
}

func (o *options) addSchema(name string) error {
	if name == "" {
		return errors.New("a schema has a name")
	}
	o.schemas = append(o.schemas, name)
	return nil
}

// check says which flag is not for the database.
func (o options) check(where place) error {
	switch {
	case len(o.schemas) > 0 && where.connector == nil:
		return errors.New("-schema is for PostgreSQL and MySQL: name the database in the environment variable MORESQL_DATABASE_URI")
	case o.superuser && where.connector == nil:
		return errors.New("-superuser is for PostgreSQL and MySQL: SQLite has no users")
	case o.httpSettings && !where.system.settings:
		return fmt.Errorf("-http-settings is for PostgreSQL: the calls of %s have no settings", where.system.name)
	case o.maxRows > 0 && !where.system.parts:
		return fmt.Errorf("-max-rows is for PostgreSQL and SQLite: what a procedure of %s returns cannot be cut", where.system.name)
	}
	return nil
}

// calls returns the options of every call.
func (o options) calls(db *database, log *slog.Logger) []moresql.Option {
	list := append(slices.Clip(db.options), moresql.WithLogger(log), formats())
	if o.httpSettings {
		list = append(list, moresql.HTTPSettings())
	}
	return list
}

// serve runs the server from the beginning to the end.
func (o options) serve(ctx context.Context, getenv func(string) string, stdout io.Writer, log *slog.Logger) error {
	where, err := locate(getenv)
	if err != nil {
		return err
	}
	if err := o.check(where); err != nil {
		return err
	}
	listener, err := listen(ctx, o.addr)
	if err != nil {
		return err
	}
	defer listener.Close()

	db, err := where.open(o.data)
	if err != nil {
		return err
	}
	defer db.close()
	a := api{m: moresql.New(db, o.calls(db, log)...), db: db, schemas: o.schemas, maxRows: o.maxRows, superuser: o.superuser}
	err = a.prepare(ctx, o.install)
	switch {
	case ctx.Err() != nil:
		return errors.New("stopped before it was ready")
	case err != nil:
		return err
	}
	if a.cat != nil {
		r := newReloader(a.cat, db, log)
		defer r.start(ctx, o.channel)()
	}

	h := a.handler()
	if err := a.check(ctx); err != nil {
		return err
	}
	url := "http://" + address(o.addr, listener.Addr().(*net.TCPAddr).Port)
	a.print(stdout, url)
	fmt.Fprintf(stdout, "\nlistening on %s\n", url)
	return serve(ctx, listener, logged(log, guarded(shared(o.origins, patient(h)))), log)
}
