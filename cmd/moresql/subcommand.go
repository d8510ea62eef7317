package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/cmd/moresql/internal/call"
	"github.com/moresql/moresql/cmd/moresql/internal/config"
	"github.com/moresql/moresql/cmd/moresql/internal/database"
	"github.com/moresql/moresql/cmd/moresql/internal/failure"
	"github.com/moresql/moresql/cmd/moresql/internal/logs"
)

// A process is what the command was started with.
type process struct {
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// subcommands returns the subcommands by their names. Each runs with the arguments after its name
// until ctx is done, and returns the exit status: 1 for a failure, 2 for arguments or a
// configuration that are not understood, each with one line on stderr.
func subcommands() map[string]func(p process, ctx context.Context, args []string) int {
	return map[string]func(p process, ctx context.Context, args []string) int{
		"call":       process.call,
		"check":      process.check,
		"completion": process.completion,
		"config":     process.config,
		"mcp":        process.mcp,
		"openapi":    process.openAPI,
		"import":     process.importFile,
		"serve":      process.serve,
		"version":    process.version,
	}
}

// commands returns the names of the subcommands.
func commands() []string { return slices.Sorted(maps.Keys(subcommands())) }

// run runs the subcommand that the arguments begin with, which is serve without one.
func (p process) run(ctx context.Context, args []string) int {
	if len(args) > 0 {
		switch args[0] {
		case "help": // as with go: moresql help import
			args = append(args[1:min(len(args), 2)], "-h")
		case "-version", "--version": // GNU Coding Standards, section 4.8
			args = []string{"version"}
		}
		if subcommand := subcommands()[args[0]]; subcommand != nil {
			return subcommand(p, ctx, args[1:])
		}
	}
	return p.serve(ctx, args)
}

func (p process) version(context.Context, []string) int {
	_, err := fmt.Fprintln(p.stdout, "moresql", version())
	return p.failed(err)
}

func (p process) config(_ context.Context, args []string) int {
	o, _, err := p.options(args)
	if err != nil {
		return p.misunderstood("", err)
	}
	err = o.conf.Print(p.stdout)
	if o.conf.Unread != nil {
		complain(p.stderr, o.conf.Unread)
	}
	return p.failed(err)
}

func (p process) serve(ctx context.Context, args []string) int {
	w := logs.NewWriter(p.stderr)
	defer w.Flush()
	p.stderr = w
	o, log, err := p.options(args)
	if err != nil {
		return p.misunderstood("", err)
	}
	return p.failed(o.serve(ctx, p.stdout, log, w.Requests, func() (options, *slog.Logger, error) {
		return p.options(args)
	}))
}

// options parses the arguments of serve.
func (p process) options(args []string) (options, *slog.Logger, error) {
	o, err := parseFlags(args, p.environ, p.stdout)
	log := o.Logger(p.stderr)
	if err == nil {
		o.conf.Warn(log)
	}
	return o, log, err
}

// parse parses the arguments of a subcommand that works on the database which serve would serve:
// flags, its own and those of serve that it heeds, and others between and after them, which it
// returns. The help is the usage and these flags.
func (p process) parse(name, usage string, own func(*flag.FlagSet), args []string) (
	o options, others []string, err error,
) {
	flags := o.flags()
	own(flags)
	o.conf = config.New(flags)
	others, err = o.conf.ParseMixed(args)
	switch {
	case err == flag.ErrHelp:
		fmt.Fprint(p.stdout, usage)
		help := flag.NewFlagSet(name, flag.ContinueOnError)
		help.SetOutput(p.stdout)
		own(help)
		help.PrintDefaults()
		fmt.Fprint(p.stdout, "\nFlags of moresql -h that hold here, too:\n\n")
		help = heededFlags(name)
		help.SetOutput(p.stdout)
		help.PrintDefaults()
	case err == nil && o.conf.IsArgument("database-uri") && !strings.HasPrefix(o.database, "@"):
		err = errors.New("-database-uri names a file after @, since other users can read arguments: " +
			"name the database by the environment variable MORESQL_DATABASE_URI")
	case err == nil && ignored(o.conf, name) != "":
		err = fmt.Errorf("-%s means nothing to moresql %s: leave it out", ignored(o.conf, name), name)
	case err == nil && o.conf.IsEmptyArgument("role"):
		err = o.conf.CheckEmptied("role")
	case err == nil && o.conf.IsEmptyArgument("claims"):
		err = o.conf.CheckEmptied("claims")
	case err == nil:
		err = o.load(nil, p.environ)
	}
	if err == nil {
		o.conf.Warn(o.Logger(p.stderr))
	}
	return o, others, err
}

// open opens a database and reads the catalog of the schemas, which are those of the flag -schema
// or else those that the database serves by itself. Close the database in the end.
func (o options) open(
	ctx context.Context, where database.Place,
) (*database.DB, *catalog.Catalog, error) {
	db, err := where.Open(o.data, o.connections)
	if err != nil {
		return nil, nil, err
	}
	cat, err := o.readCatalog(ctx, db)
	if err != nil {
		db.Close()
	}
	return db, cat, err
}

// readCatalog reads the catalog of the schemas. It is nil for a database without one.
func (o options) readCatalog(ctx context.Context, db *database.DB) (*catalog.Catalog, error) {
	if err := db.Check(ctx); err != nil {
		return nil, err
	}
	schemas := o.schemas
	if len(schemas) == 0 {
		schemas = db.System.Schemas
	}
	if db.System.Load == nil || len(schemas) == 0 {
		return nil, nil
	}
	cat, err := db.System.Load(ctx, db.Pool, schemas...)
	if err != nil {
		return nil, db.ExplainLoad(err, schemas)
	}
	return cat, nil
}

// misunderstood reports an error of the arguments of a subcommand, "" for serve, or of the
// configuration, and returns the exit status.
func (p process) misunderstood(name string, err error) int {
	if err == nil || err == flag.ErrHelp {
		return 0
	}
	command := strings.TrimSpace("moresql " + name)
	complain(p.stderr, fmt.Errorf("%w; run %s -h for help", err, command))
	return 2
}

// failed reports an error that ended a subcommand, and returns the exit status.
func (p process) failed(err error) int {
	if err == nil {
		return 0
	}
	complain(p.stderr, err)
	return 1
}

// complain prints an error on one line, whatever its text holds: that of a database may have what
// somebody has stored, such as an escape that controls the terminal.
func complain(stderr io.Writer, err error) {
	fmt.Fprintln(stderr, "moresql:", call.Visible(failure.OneLine(err)))
}
