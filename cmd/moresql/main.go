// Command moresql serves stored procedures over HTTP: those of a sample API, on an embedded SQLite
// database or on the PostgreSQL or MySQL database that the environment names, or every routine of
// that database's schemas.
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
	"strings"
	"syscall"

	"github.com/moresql/moresql"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run runs the command until ctx is done. It returns the exit status: 1 for a failure, 2 for
// arguments that are not understood, each with one line on stderr.
func run(
	ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer,
) int {
	o, err := parseFlags(args, stdout)
	switch {
	case err == flag.ErrHelp:
		return 0
	case err != nil:
		complain(stderr, fmt.Errorf("%w; run moresql -h for help", err))
		return 2
	}
	err = o.serve(ctx, getenv, stdout, slog.New(slog.NewTextHandler(stderr, nil)))
	if err != nil {
		complain(stderr, err)
		return 1
	}
	return 0
}

// complain prints an error on one line, whatever its text holds.
func complain(stderr io.Writer, err error) {
	fmt.Fprintln(stderr, "moresql:", oneLine(err))
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// serve runs the server from start to end. The port is opened first, so that a port in use is
// reported before anything is installed in a database.
func (o options) serve(
	ctx context.Context, getenv func(string) string, stdout io.Writer, log *slog.Logger,
) error {
	// SIGHUP reloads the schemas. Where there are none it has no meaning, and must not end a process
	// that cleans up after itself.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)

	where, err := locate(getenv)
	if err != nil {
		return err
	}
	if o.tables && len(o.schemas) == 0 {
		o.schemas = where.system.schemas
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
	db.limit(o.connections)
	url := "http://" + address(o.addr, listener.Addr().(*net.TCPAddr).Port)
	a := api{
		m:         moresql.New(db.pool, o.calls(db, log)...),
		db:        db,
		schemas:   o.schemas,
		tables:    o.tables,
		grouped:   o.grouped,
		whole:     o.whole,
		txEnd:     o.txEnd,
		maxRows:   o.maxRows,
		superuser: o.superuser,
		csvGuard:  o.csvGuard,
		url:       url,
		ready:     readiness(db, log),
	}
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

	h, procedures := a.handler()
	if err := a.check(ctx, procedures); err != nil {
		return err
	}
	a.print(stdout, url)
	fmt.Fprintf(stdout, "\nlistening on %s\n", url)
	h = hosted(o.hosts(listener.Addr()), shared(o.origins, sameOrigin(o.origins, h)))
	return serve(ctx, listener, logged(log, guarded(h)), log)
}
