// Command moresql serves stored procedures over HTTP: those of a sample API, on an embedded SQLite
// database or on the PostgreSQL or MySQL database that the environment names, or every routine of
// that database's schemas.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/moresql/moresql"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := process{os.Environ(), os.Stdin, os.Stdout, os.Stderr}
	status := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(status)
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
