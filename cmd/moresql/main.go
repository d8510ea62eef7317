// Command moresql serves stored procedures over HTTP: those of a sample API, on an embedded SQLite
// database or on the PostgreSQL or MySQL database that the environment names, or every routine of
// that database's schemas.
//
// Begin with moresql alone, which needs no database, and open the address that it prints in a
// browser. Then name a database of your own and the schema that it serves:
//
//	MORESQL_DATABASE_URI=postgres://user:password@host/database moresql -schema api -tables
//
// moresql -h is the manual; call, import, openapi and mcp are for the terminal, each with -h.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
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
