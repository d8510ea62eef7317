package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/cmd/moresql/internal/config"
	"github.com/moresql/moresql/cmd/moresql/internal/database"
	"github.com/moresql/moresql/cmd/moresql/internal/guard"
	"github.com/moresql/moresql/cmd/moresql/internal/logs"
	"github.com/moresql/moresql/cmd/moresql/internal/network"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/rest/events"
)

// Options are what the flags say.
type options struct {
	conf     *config.Config // where the values come from
	database string         // the URI of the database or, after @, its file; "" for SQLite
	file     string         // of a database of SQLite, instead of its URI
	sqlFiles string         // the folder of .sql files that are served at /rpc/, "" for none

	data    string   // the folder of SQLite's database, "" for a temporary one
	install bool     // install the sample
	schemas []string // served at /rpc/
	tables  bool     // of the schemas are served
	grouped bool     // requests for tables may aggregate
	whole   bool     // requests may change all rows of a table
	txEnd   rest.TxEnd
	channel string // whose notifications reload the schemas, "" for none

	httpSettings bool
	maxRows      int64 // of a list, 0 for no limit
	maxCalls     int   // of a batch, 0 for no limit

	events []events.Channel // of PostgreSQL that clients may follow

	compress bool // responses for clients that accept it

	superuser bool     // the database's user may be one
	origins   []string // whose pages may read the responses
	hostNames []string // by which the server may be called
	csvGuard  string   // who gets CSV without formulas

	openAPI       string // whether the document is served
	openAPIServer string // the URL in it

	mcp         bool     // the routines are tools at /mcp
	toolRows    int64    // of the result of one
	authServers []string // where their clients get tokens

	auth
	limits
	pace
	network.Network
	logs.Logging
}

// parseFlags parses the command line, the environment and the file that they name. It prints the
// usage to stdout for -h, and returns flag.ErrHelp then. No error quotes what may hold a password.
func parseFlags(args, environ []string, stdout io.Writer) (options, error) {
	var o options
	flags := o.flags()
	o.conf = config.New(flags)
	// An error of any flag would quote its password.
	if slices.ContainsFunc(args, config.NamesDatabase) {
		return o, config.ErrArgument
	}
	err := o.conf.Parse(args)
	switch {
	case err == flag.ErrHelp:
		fmt.Fprint(stdout, usage)
		flags := new(options).flags()
		flags.SetOutput(stdout)
		flags.PrintDefaults()
	case err == nil:
		err = o.load(flags.Args(), environ)
	}
	return o, err
}

// load takes what the command line does not say from the other sources. The one argument that it
// may have is PostgREST's file.
func (o *options) load(args, environ []string) error {
	var file string
	if len(args) > 0 {
		file = args[0]
		_, err := os.Stat(file)
		wrong := file
		if err == nil {
			wrong = args[len(args)-1]
		}
		if err != nil || len(args) > 1 {
			return fmt.Errorf("%s is not a flag, nor a command (%s), nor the only argument and a file of "+
				"PostgREST's configuration", shown(wrong), strings.Join(commands(), ", "))
		}
	}
	if o.conf.IsArgument("jwt-secret") && !strings.HasPrefix(o.secret, "@") &&
		!guard.IsWebURL(o.secret) {
		return errors.New("-jwt-secret names a file after @, or a URL, since other users can read " +
			"arguments: set a secret by the environment variable MORESQL_JWT_SECRET")
	}
	if err := o.conf.Load(environ, file); err != nil {
		return err
	}
	o.auth.closed = o.conf.Closed
	if o.conf.Unread != nil { // it may say what makes sense of the rest
		return o.setFile()
	}
	return errors.Join(o.setFile(), o.checkValues())
}

// setFile has -db name the database. On the command line it goes before a URI of the environment.
func (o *options) setFile() error {
	from := o.conf.From
	for _, name := range []string{"data", "db", "sql"} {
		if strings.Contains(o.conf.Text(name), "://") { // and perhaps a password, which errors quote
			return fmt.Errorf("%s is a path and no URI: name the database by the environment variable "+
				"MORESQL_DATABASE_URI", from[name])
		}
	}
	switch uri := from["database-uri"]; {
	case o.file == "":
		return nil
	case uri == "", uri == "DATABASE_URL":
	case !o.conf.IsArgument("db") || o.conf.IsArgument("database-uri"):
		return fmt.Errorf("%s and %s both name a database: leave one of them out", from["db"], uri)
	}
	from["database-uri"] = from["db"]
	scheme := "sqlite:"
	if database.IsDuckDB(o.file) {
		scheme = "duckdb:"
	}
	return o.conf.Flags.Set("database-uri", scheme+o.file)
}

// checkValues reports a value that makes no sense.
func (o *options) checkValues() error {
	if !o.auth.on() {
		if err := o.conf.CheckEmptied("jwt-secret", "anon-role"); err != nil {
			return err
		}
	}
	switch {
	case o.conf.IsEmptyArgument("db"), o.conf.IsEmptyArgument("sql"):
		return errors.New("-db names a file and -sql a folder: an empty name is a mistake of the shell's")
	case o.maxCalls < 0:
		return errors.New("-max-calls must be the largest number of calls of a batch, or 0 for all")
	case o.maxRows < 0:
		return errors.New("-max-rows must be the largest number of rows of a list, or 0 for all")
	case o.toolRows < 1:
		return errors.New("-mcp-rows must be at least 1")
	case !slices.Contains(csvGuards, o.csvGuard):
		return errors.New("-csv-guard must be browsers, always or never")
	case o.authServers != nil && (!o.mcp || o.secret == "" || o.audience == ""):
		return errors.New("-mcp-auth-server is for -mcp with tokens that are meant for it: give " +
			"-jwt-secret, and -jwt-aud")
	case o.authServers != nil && o.openAPIServer != "" && !guard.IsWebURL(o.openAPIServer):
		return errors.New("-mcp-auth-server needs the whole URL of the API as -openapi-server")
	case o.openAPI != config.FollowPrivileges && o.openAPI != "disabled":
		return errors.New("-openapi must be follow-privileges or disabled")
	}
	return errors.Join(
		o.auth.check(), o.limits.check(), o.pace.check(), o.Network.Check(), o.Logging.Check())
}

// flags returns the flags that set the options.
func (o *options) flags() *flag.FlagSet {
	flags := flag.NewFlagSet("moresql", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the package would print the whole usage with every mistake
	flags.String("config", "",
		"read what flags and the environment do not say from the `FILE`, a line name = value for\n"+
			"each flag")
	flags.StringVar(&o.database, "database-uri", "",
		"serve the database at the `URI`, which may hold a password: name it in the environment or,\n"+
			"after @, a file that has it; DATABASE_URL will do, too (default SQLite)")
	flags.StringVar(&o.file, "db", "",
		"serve the database of SQLite in the `FILE`, as -database-uri sqlite:FILE does; or the macros\n"+
			"of one of DuckDB, as duckdb:FILE does, in a moresql that was built with -tags duckdb")
	flags.StringVar(&o.sqlFiles, "sql", "",
		"serve each .sql file of the `FOLDER` and the folders in it at /rpc/ followed by its path,\n"+
			"with :name for a value that the request has; they are read again after SIGHUP")
	flags.StringVar(&o.data, "data", "",
		"keep the SQLite database in the folder `DIR`, which is created if it does not exist;\n"+
			"without it the data is kept in a temporary folder until the command ends")
	flags.BoolVar(&o.install, "init", false,
		"install the sample's tables and procedures in the PostgreSQL or MySQL database;\n"+
			"may be repeated and keeps the data (SQLite always has them)")
	flags.Func("schema",
		"serve every function and procedure of the schema `NAME` at /rpc/, on MySQL those of\n"+
			"the database; may be repeated: where names are equal, the first schema's are served",
		o.addSchema)
	flags.BoolVar(&o.tables, "tables", false,
		"with -schema: serve every table and view that a role of the login may use, at /\n"+
			"followed by its name; on SQLite without -schema those of the file")
	flags.BoolVar(&o.grouped, "aggregates", false,
		"with -tables: let requests select count(), and sum, avg, max and min of columns; one may\n"+
			"read many rows")
	flags.BoolVar(&o.whole, "unfiltered-writes", false,
		"with -tables: let PATCH and DELETE without a filter change all rows of a table")
	flags.Func("tx-end",
		"end each transaction as `HOW` says: commit, rollback, or commit-allow-override and\n"+
			"rollback-allow-override, which let a request prefer the other one by Prefer: tx=commit\n"+
			"or tx=rollback (PostgreSQL and files of SQLite, default commit)", o.setTxEnd)
	flags.StringVar(&o.channel, "channel", "moresql",
		"with -schema on PostgreSQL: read the schemas again when NOTIFY is sent to the channel\n"+
			"`NAME`; an empty name means never")
	flags.Func("events",
		"let clients follow the channel `NAME` of PostgreSQL's NOTIFY at /events/NAME, as\n"+
			"server-sent events; with =ROLE,ROLE after it those of these roles only; may be repeated",
		o.addEvents)
	flags.BoolVar(&o.httpSettings, "http-settings", false,
		"let PostgreSQL's functions read the request from request.headers and other settings,\n"+
			"and set response.status and response.headers; each call is then a transaction")
	flags.Int64Var(&o.maxRows, "max-rows", 0,
		"send at most `n` rows of a list, whatever a request wants, with a Link to the next\n"+
			"ones; a list within a row that is longer is refused; 0 sends all (on MySQL this is not for\n"+
			"the sample)")
	flags.IntVar(&o.maxCalls, "max-calls", 0,
		"run at most `n` calls of one POST /rpc/, which runs them in one transaction; 0 runs all")
	flags.BoolVar(&o.compress, "compress", true,
		"compress responses by zstd or gzip for clients that accept it")
	flags.BoolVar(&o.superuser, "superuser", false,
		"serve even if the database's user is a superuser; on MySQL: has the privilege SUPER")
	flags.Func("cors",
		"let pages of the `ORIGIN`, such as https://example.com, read the responses; * stands\n"+
			"for all; may be repeated", o.addOrigin)
	flags.Func("host",
		"respond only if a request calls the server by the host `NAME`, by an address or as\n"+
			"localhost; may be repeated; without it any name will do, unless the server listens on\n"+
			"this machine only", o.addHost)
	flags.StringVar(&o.csvGuard, "csv-guard", guardBrowsers,
		"write a ' before text in CSV that a spreadsheet would run as a formula, for `WHOM`:\n"+
			"browsers, always or never")
	flags.StringVar(&o.openAPI, "openapi", config.FollowPrivileges,
		"describe in OpenAPI `WHAT` the role of a request may use: follow-privileges or disabled")
	flags.StringVar(&o.openAPIServer, "openapi-server", "",
		"name the `URL` as that of the API in the OpenAPI document")
	flags.BoolVar(&o.mcp, "mcp", false,
		"with -schema or -sql, or for SQLite's sample: serve the routines at /mcp as tools of the\n"+
			"Model Context Protocol; see moresql mcp -h for standard input and output")
	flags.Int64Var(&o.toolRows, "mcp-rows", 100,
		"send at most `n` rows of the result of a tool, which says how to get the next ones")
	flags.Func("mcp-auth-server",
		"with -mcp and -jwt-aud: let clients of /mcp find the authorization server at the `URL`, which\n"+
			"issues their tokens; each then needs an audience; may be repeated", o.addAuthServer)
	o.auth.flags(flags)
	o.limits.flags(flags)
	o.pace.flags(flags)
	o.Network.Flags(flags)
	o.Logging.Flags(flags)
	return flags
}

// shown quotes an argument that cannot be a password with something else.
func shown(arg string) string {
	if strings.Trim(arg, "-abcdefghijklmnopqrstuvwxyz") == "" {
		return strconv.Quote(arg)
	}
	return "an argument"
}

func (o *options) addOrigin(origin string) error {
	if origin != "*" {
		origin = guard.OriginOf(origin)
	}
	if origin == "" {
		return errors.New("an origin is * or a scheme and a host, as in https://example.com")
	}
	o.origins = append(o.origins, origin)
	return nil
}

func (o *options) addHost(name string) error {
	if name == "" || strings.ContainsAny(name, ":/@[]*, ") {
		return errors.New("a host is one name without a port, as in api.example.com")
	}
	o.hostNames = append(o.hostNames, strings.ToLower(name))
	return nil
}

func (o *options) addAuthServer(text string) error {
	if !guard.IsWebURL(text) || strings.ContainsAny(text, "?#,") { // RFC 8414, section 2
		return errors.New("a server is named by the URL that it has as the issuer of tokens")
	}
	o.authServers = append(o.authServers, text)
	return nil
}

func (o *options) addSchema(name string) error {
	if name == "" {
		return errors.New("a schema has a name")
	}
	o.schemas = append(o.schemas, name)
	return nil
}

func (o *options) setTxEnd(how string) error {
	ends := []string{"commit", "commit-allow-override", "rollback", "rollback-allow-override"}
	i := slices.Index(ends, how)
	if i < 0 {
		return errors.New("it is one of " + strings.Join(ends, ", "))
	}
	o.txEnd = rest.TxEnd(i)
	return nil
}

// calls returns the options of every call. Limits.Write and not the server's own limit cuts off a
// client that does not read, since that limit would cut long streams as well.
func (o options) calls(db *database.DB, log *slog.Logger) []moresql.Option {
	list := append(slices.Clip(db.Options),
		moresql.Hooks{Logger: log}, o.limits.option(), formats(o.csvGuard == guardAlways))
	if o.httpSettings {
		list = append(list, rest.HTTPSettings())
	}
	return list
}
