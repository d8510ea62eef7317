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
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/moresql/moresql"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run runs the command until ctx is done. It returns the exit status: 1 for a failure, 2 for
// arguments or a configuration that are not understood, each with one line on stderr.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	name, args := subcommand(args)
	if name == "version" {
		fmt.Fprintln(stdout, "moresql", version())
		return 0
	}
	o, err := parseFlags(args, environ, stdout)
	switch {
	case err == flag.ErrHelp:
		return 0
	case err != nil:
		complain(stderr, fmt.Errorf("%w; run moresql -h for help", err))
		return 2
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	for _, warning := range o.conf.warnings {
		log.Warn(warning)
	}
	if name == "config" {
		o.conf.print(stdout)
		return 0
	}
	if err := o.serve(ctx, stdout, log); err != nil {
		complain(stderr, err)
		return 1
	}
	return 0
}

// subcommand returns the subcommand that args name, which is serve without one, and the arguments
// after it.
func subcommand(args []string) (name string, rest []string) {
	if len(args) > 0 && slices.Contains([]string{"serve", "config", "version"}, args[0]) {
		return args[0], args[1:]
	}
	return "serve", args
}

// version returns the version of the module, or the commit that it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "of unknown version"
	}
	text := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && text == "(devel)" {
			text += " " + s.Value
		}
	}
	return text + ", " + info.GoVersion
}

// complain prints an error on one line, whatever its text holds.
func complain(stderr io.Writer, err error) {
	fmt.Fprintln(stderr, "moresql:", oneLine(err))
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// serve runs the server from start to end. The port is opened first, so that a port in use is
// reported before anything is installed in a database.
func (o options) serve(ctx context.Context, stdout io.Writer, log *slog.Logger) error {
	// SIGHUP reloads the schemas. Where there are none it has no meaning, and must not end a process
	// that cleans up after itself.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)

	where, err := locate(o.conf.from["database-uri"], o.database)
	if err != nil {
		return err
	}
	if o.tables && len(o.schemas) == 0 {
		o.schemas = where.system.schemas
	}
	if err := o.check(where); err != nil {
		return err
	}
	var who, before []moresql.Option
	if o.auth.on() {
		session, err := o.auth.option(o.schemas)
		if err != nil {
			return err
		}
		if before, err = o.auth.before(); err != nil {
			return err
		}
		who = with{session}
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
		m:         moresql.New(db.pool, append(o.calls(db, log), who...)...),
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
		secured:   o.auth.on(),
		before:    before,
		openAPI:   o.openAPI != "disabled",
		server:    o.openAPIServer,
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
