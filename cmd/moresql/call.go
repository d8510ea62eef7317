package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/cmd/moresql/internal/call"
	"github.com/moresql/moresql/cmd/moresql/internal/config"
	"github.com/moresql/moresql/cmd/moresql/internal/secrets"
	"github.com/moresql/moresql/rest"
)

const callUsage = `moresql call calls a function, a procedure or a named statement, and prints
its result.

Usage:

	moresql call [flags]                       lists what can be called
	moresql call NAME -h                       says what it does and takes
	moresql call NAME [flags] [name=value ...]
	moresql call http://host:8080/rpc/NAME [name=value ...]
	moresql call NAME -each FILE               one call for each line of a file

The database is that which moresql would serve, named by MORESQL_DATABASE_URI, or the sample.
Without -schema the routines are those of the current schema.

	title=the          a text, which the database reads as the type of the parameter
	title=             the empty text
	limit:=2           JSON: a number, true, null, an array, an object
	title:=null        NULL
	tag=a tag=b        an array
	photo=@me.png      what the file has
	doc:=@doc.json     the JSON that the file has
	-                  a JSON object of arguments from the standard input

With := the arguments are sent as JSON, in which a text is a string. A result is a table on a
terminal, and JSON elsewhere. It is whole if the exit status is 0.

Flags:

`

// A callOptions has what the flags of call say.
type callOptions struct {
	options
	format     string
	who        actor
	url, token string
	each       string // the file of the arguments of calls, "" for one call
	atomic     bool   // they are one transaction
	atOnce     int    // calls of it
	failures   string // the file for those that fail, "" for lines on stderr
}

func (p process) call(ctx context.Context, args []string) int {
	var o callOptions
	args, wantsHelp := withoutHelp(args)
	if wantsHelp && !slices.ContainsFunc(args, isWord) {
		args = []string{"-h"}
	}
	var words []string
	var err error
	o.options, words, err = p.parse("call", callUsage, o.flags, args)
	if err == nil && o.conf.IsArgument("token") && !strings.HasPrefix(o.token, "@") {
		err = errors.New("-token names a file after @, since other users can read arguments: " +
			"set it by the environment variable MORESQL_TOKEN")
	}
	if err == nil {
		o.token, err = secrets.Read(o.token)
	}
	if err != nil {
		return p.misunderstood("call", err)
	}
	return p.callWords(ctx, o, words, wantsHelp)
}

// callWords does what the arguments other than flags say.
func (p process) callWords(ctx context.Context, o callOptions, words []string, help bool) int {
	out := call.NewOutput(p.stdout, config.Lookup(p.environ, "NO_COLOR") == "")
	format, err := call.FormatFor(o.format, out)
	if err != nil {
		return p.misunderstood("call", err)
	}
	name, words, err := o.place(words)
	var arguments *call.Args
	if err == nil {
		arguments, err = call.Parse(slices.DeleteFunc(slices.Clone(words), isInput), call.ReadFile)
	}
	if err == nil {
		err = o.checkEach(name, words)
	}
	if err == nil && overwrites(o.failures, o.each, p.stdin) {
		err = errors.New("-failures names the file of -each, which would be lost")
	}
	if err == nil && name == "" && o.conf.IsArgument("o") {
		err = errors.New("-o is for the result of a routine: write its name")
	}
	if err != nil {
		return p.misunderstood("call", err)
	}
	target, cat, done, err := o.target(ctx, name)
	if err != nil {
		return p.failed(err)
	}
	defer done()
	switch {
	case name == "":
		list, err := target.List(ctx)
		if err == nil {
			err = call.PrintList(p.stdout, list)
		}
		return p.failed(err)
	case help:
		return p.failed(p.helpOf(cat, name))
	case o.each != "":
		return p.failed(p.callEach(ctx, o, target, out, name, overloads(cat, name)))
	case slices.ContainsFunc(words, isInput):
		err = p.readArguments(ctx, arguments, bodyType(cat, name))
	}
	if ctx.Err() != nil {
		return p.failed(call.ErrInterrupted)
	}
	if err == nil {
		err = arguments.Check(overloads(cat, name))
	}
	if err != nil {
		return p.misunderstood("call", err)
	}
	return p.failed(target.Print(ctx, out, format, name, arguments))
}

// isInput reports whether a word stands for what is read from the standard input.
func isInput(word string) bool { return word == "-" }

func (p process) readArguments(
	ctx context.Context, arguments *call.Args, mediaType string,
) error {
	text, err := io.ReadAll(&interruptible{ctx: ctx, in: p.stdin})
	if err != nil {
		return fmt.Errorf("the standard input cannot be read: %w", err)
	}
	return arguments.Add(text, mediaType)
}

// overloads returns the routines of a name, nil where they are not known: on a server.
func overloads(cat *catalog.Snapshot, name string) []catalog.Routine {
	if cat == nil {
		return nil
	}
	return cat.Named(name)
}

// bodyType returns the media type of what a routine takes as a whole, "" for one with names.
func bodyType(cat *catalog.Snapshot, name string) string {
	for _, r := range overloads(cat, name) {
		if mediaType := rest.BodyType(&r); mediaType != "" {
			return mediaType
		}
	}
	return ""
}

// withoutHelp returns arguments without -h, and whether they have it: it may follow a routine.
func withoutHelp(args []string) ([]string, bool) {
	isHelp := func(arg string) bool { return slices.Contains([]string{"-h", "-help", "--help"}, arg) }
	rest := slices.DeleteFunc(slices.Clone(args), isHelp)
	return rest, len(rest) < len(args)
}

func isWord(arg string) bool { return !strings.HasPrefix(arg, "-") }

func (o *callOptions) flags(flags *flag.FlagSet) {
	flags.StringVar(&o.format, "o", "", "print the result in the `FORMAT` "+call.FormatNames())
	o.who.flags(flags)
	flags.StringVar(&o.url, "url", "",
		"call on the server whose routines are at the `URL`, such as http://localhost:8080/rpc")
	flags.StringVar(&o.token, "token", "",
		"with -url: send the bearer `TOKEN`, which is named in the environment or, after @, by a\n"+
			"file that has it")
	flags.StringVar(&o.each, "each", "",
		"call once for each line of the `FILE`, - for the standard input: NDJSON, or CSV with the\n"+
			"names on its first line; each result is a line of JSON, in the order of the file")
	flags.BoolVar(&o.atomic, "atomic", false,
		"with -each: make all calls in one transaction, in which either all have their effects or\n"+
			"none has")
	flags.IntVar(&o.atOnce, "j", 1, "with -each: run `n` calls at once")
	flags.StringVar(&o.failures, "failures", "",
		"with -each: write the calls that fail to the `FILE`, as lines of JSON with line, arguments\n"+
			"and reason, instead of to the standard error; the exit status is 1 if there are any")
}

// target returns where a routine is called, or all are for "": a server, or the database and its
// catalog. done has to be called in the end.
func (o *callOptions) target(ctx context.Context, name string) (
	_ *call.Target, _ *catalog.Snapshot, done func(), err error,
) {
	schema := ""
	if len(o.schemas) == 1 {
		schema = o.schemas[0]
	}
	if o.url != "" {
		base, query, _ := strings.Cut(o.url, "?")
		return &call.Target{
			Transport: http.DefaultTransport, Base: strings.TrimSuffix(base, "/"), Query: query,
			Token: o.token, Schema: schema,
		}, nil, func() {}, nil
	}
	where, err := o.where()
	if err == nil && o.sqlFiles == "" && where.HasNoRoutines() {
		err = fmt.Errorf("%s has no functions and procedures: name a folder of .sql files by -sql",
			where.Server)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	if name != "" {
		where.System.LoadOnly(name, func(cat *catalog.Snapshot) bool { return cat.Named(name) != nil })
	}
	local, err := o.openRoutinesAt(ctx, where)
	if err != nil {
		return nil, nil, nil, err
	}
	session, err := o.who.session(&o.options, local.db.Place)
	var before []moresql.Option
	if err == nil {
		before, err = o.auth.before()
	}
	if err != nil {
		local.db.Close()
		return nil, nil, nil, err
	}
	options := append(append(session, before...), moresql.Hooks{After: explain})
	h := rest.Routines(local.m, local.cat, options...)
	return &call.Target{
		Transport: call.Local{Handler: h}, Base: "http://database",
		Untyped: local.cat.Current().Database() == "",
	}, local.cat.Current(), local.db.Close, nil
}

// helpOf prints what the catalog says of a routine.
func (p process) helpOf(cat *catalog.Snapshot, name string) error {
	if cat == nil {
		return errors.New("what a routine takes is said by the server's page in a browser, " +
			"and by this command for a database")
	}
	overloads := cat.Named(name)
	if overloads == nil {
		var names []string
		for _, r := range cat.Routines() {
			names = append(names, r.Name)
		}
		hint := "moresql call lists what there is"
		if near := config.Nearest(name, names); near != "" {
			hint = "perhaps you mean " + near
		}
		return fmt.Errorf("there is no routine %s: %s", name, hint)
	}
	return call.Help(p.stdout, overloads)
}
