package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/cmd/moresql/internal/config"
	"github.com/moresql/moresql/cmd/moresql/internal/database"
	"github.com/moresql/moresql/cmd/moresql/internal/importer"
	"github.com/moresql/moresql/cmd/moresql/internal/naming"
)

const importUsage = `moresql import writes a file to a table, or calls a routine with each row.

Usage:

	moresql import cars.csv -into cars
	moresql import cars.csv -into cars -key id -existing update -dry-run
	moresql import cars.ndjson.gz -call api.add_car
	… | moresql import - -into cars

It reads CSV, NDJSON and a JSON array, also as gzip or zstd, and finds out which, how CSV is
written, and which column is which by the names. All is one transaction unless -batch says
otherwise: of a file with a value that is wrong nothing is imported, and up to ten are named.

In CSV what is empty is NULL, and "" is the empty text. The database is that which serve would
serve, in MORESQL_DATABASE_URI; docs/import.md has more.

The exit status is 0 if all rows are there, and 1 if not.

Flags:

`

// An importing is what the flags of import say.
type importing struct {
	importer.Import
	delimiter, quote, rejects string
	into                      string
	role                      string // that imports, "" for the login
}

// importFile is the subcommand import.
func (p process) importFile(ctx context.Context, args []string) int {
	im := &importing{Import: importer.Import{Map: map[string]string{}}}
	o, others, err := p.parse("import", importUsage, im.flags, args)
	if err == nil {
		err = im.check(others, p.stdin)
	}
	if err != nil {
		return p.misunderstood("import", err)
	}
	if im.Stream != nil {
		im.Stream = &interruptible{ctx: ctx, in: im.Stream}
	}
	db, err := im.connect(ctx, o)
	if err != nil {
		return p.failed(err)
	}
	defer db.Close()
	if im.rejects != "" {
		im.Rejects = func(resumed bool) (importer.RejectsFile, error) {
			how := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
			if resumed {
				how = os.O_RDWR | os.O_CREATE | os.O_APPEND
			}
			return os.OpenFile(im.rejects, how, 0o600)
		}
	}
	im.Progress = newProgress(p.stderr, "rows")
	im.Nearest = config.Nearest
	im.Notice = func(text string) { complain(p.stderr, errors.New(text)) }
	result, err := im.Run(ctx)
	if result != nil && err == nil {
		result.Print(p.stdout)
	}
	switch {
	case ctx.Err() != nil:
		return p.failed(errors.New("stopped: what was not committed is undone"))
	case err != nil:
		return p.importFailed(db, err)
	case result.Refused > 0:
		return p.failed(fmt.Errorf("%d rows are not imported: %s has them, with the reasons",
			result.Refused, im.rejects))
	}
	return 0
}

// importFailed prints what is wrong, one line for each row.
func (p process) importFailed(db *database.DB, err error) int {
	list := []error{err}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		list = several.Unwrap()
	}
	for _, err := range list {
		p.failed(errors.New(db.Censor(err)))
	}
	return 1
}

// connect opens the database and reads the catalog of the target, from the schema that it names, or
// from the current one.
func (im *importing) connect(ctx context.Context, o options) (*database.DB, error) {
	schema, name := naming.Split(im.into + im.Call)
	if schema != "" && len(o.schemas) == 0 {
		o.schemas = []string{schema}
	}
	where, err := o.where()
	if err == nil && where.System.Settings {
		err = o.conf.CheckEmptied("role")
	}
	if err != nil {
		return nil, err
	}
	if im.role != "" {
		if !where.System.Settings {
			return nil, errors.New("-role is for PostgreSQL, which has roles to import as")
		}
		where.Connector = roleConnector{where.Connector, im.role}
	}
	where.System.LoadOnly(name, func(cat *catalog.Snapshot) bool {
		if im.into != "" {
			return cat.Relation(schema, name) != nil
		}
		return cat.Lookup(schema, name) != nil || schema == "" && cat.Named(name) != nil
	})
	db, cat, err := o.open(ctx, where)
	if err != nil {
		return nil, err
	}
	if cat == nil && db.System.Load != nil {
		if cat, err = db.System.Load(ctx, db.Pool); err != nil {
			db.Close()
			return nil, db.Explain(err)
		}
	}
	if cat == nil {
		cat = new(catalog.Catalog)
	}
	im.Into, im.Database, im.Catalog = im.into, db.Pool, cat.Current()
	return db, nil
}

// check completes what the flags say, and reports what makes no sense.
func (im *importing) check(others []string, stdin io.Reader) error {
	switch {
	case len(others) != 1:
		return errors.New("name one file to import, or - for the standard input")
	case others[0] == "-":
		im.Stream = stdin
	default:
		im.Path = others[0]
	}
	switch {
	case (im.into == "") == (im.Call == ""):
		return errors.New("name either a table with -into or a routine with -call")
	case im.Format != "" && !slices.Contains(importer.Formats, im.Format):
		return errors.New("-format must be " + strings.Join(importer.Formats, ", "))
	case im.Encoding != "" && !slices.Contains(importer.Encodings, strings.ToLower(im.Encoding)):
		return errors.New("-encoding must be " + strings.Join(importer.Encodings, ", "))
	case im.Header != "" && im.Header != "yes" && im.Header != "no":
		return errors.New("-header must be yes or no")
	case im.Existing != "" && !slices.Contains(importer.Policies, im.Existing):
		return errors.New("-existing must be " + strings.Join(importer.Policies, ", "))
	case im.Batch < 0:
		return errors.New("-batch must be the number of rows of a transaction, or 0 for all")
	case im.Again && im.Batch == 0:
		return errors.New("-again is for -batch, which alone remembers what has been imported")
	case overwrites(im.rejects, others[0], stdin):
		return errors.New("-rejects names the file that is imported, which would be lost")
	case im.Existing == importer.Report && im.rejects == "" && !im.DryRun:
		return errors.New("-existing report needs -rejects FILE for the rows that differ")
	}
	if im.NoQuote = im.quote == "none"; im.NoQuote {
		im.quote = ""
	}
	if im.delimiter == "tab" || im.delimiter == `\t` {
		im.delimiter = "\t"
	}
	for _, one := range []struct {
		flag, text string
		into       *byte
	}{{"-delimiter", im.delimiter, &im.Delimiter}, {"-quote", im.quote, &im.Quote}} {
		if one.text == "" {
			continue
		}
		if len(one.text) != 1 || one.text[0] >= utf8.RuneSelf || strings.ContainsAny(one.text, "\r\n") {
			return errors.New(one.flag + " must be one letter of ASCII")
		}
		*one.into = one.text[0]
	}
	return nil
}

// flags adds the flags of import.
func (im *importing) flags(f *flag.FlagSet) {
	f.StringVar(&im.into, "into", "", "write the rows to the `TABLE`, which may be schema.table")
	f.StringVar(&im.Call, "call", "",
		"call the `ROUTINE` with each row, whose columns are its parameters")
	f.Func("map", "import the column csv of the file as column: `csv=column`; csv= leaves it out;\n"+
		"may be repeated", im.addMap)
	f.Func("columns", "name the `columns` of CSV without a header, as in id,name,price",
		names(&im.Columns))
	f.StringVar(&im.Header, "header", "",
		"say whether CSV begins with the names of its columns: `yes` or no (default: it shows)")
	f.StringVar(&im.Format, "format", "", "read the file as `csv`, ndjson or json (default: it shows)")
	f.StringVar(&im.Encoding, "encoding", "", "read the file as `NAME`: "+
		strings.Join(importer.Encodings, ", ")+"\n(default: it shows)")
	f.StringVar(&im.delimiter, "delimiter", "",
		"separate the fields of CSV by the `letter`, or by tab (default: it shows)")
	f.StringVar(&im.quote, "quote", "",
		"quote fields of CSV by the `letter`, or by none (default: it shows)")
	f.Func("null", "take the `TEXT` for NULL in CSV if it is not quoted, instead of what is empty;\n"+
		"may be repeated", func(text string) error {
		im.Nulls = append(im.Nulls, text)
		return nil
	})
	f.Func("key", "find the rows that are there already by the `columns` of a key, as in id",
		names(&im.Key))
	f.StringVar(&im.Existing, "existing", "",
		"with -key: do `WHAT` with a row that is there already: fail, which imports nothing,\n"+
			"skip, update, or report, which skips it and writes it to the file of -rejects if it\n"+
			"differs (default fail)")
	f.BoolVar(&im.DryRun, "dry-run", false,
		"do it all in a transaction that is rolled back, and print what would have been done")
	f.Int64Var(&im.Batch, "batch", 0,
		"commit after every `n` rows; the same command again goes on after the last commit")
	f.BoolVar(&im.Again, "again", false,
		"with -batch: import a file from its start that has been imported, all or in part")
	f.StringVar(&im.role, "role", "", "import as the `ROLE`, by its rights (PostgreSQL)")
	f.StringVar(&im.rejects, "rejects", "",
		"write rows that cannot be imported to the `FILE`, and import the others")
}

func (im *importing) addMap(text string) error {
	from, to, found := strings.Cut(text, "=")
	if !found {
		return errors.New("write the name in the file, =, and that in the table")
	}
	im.Map[from] = to
	return nil
}

// names returns what sets a list of names that commas separate.
func names(list *[]string) func(string) error {
	return func(text string) error {
		*list = nil
		for name := range strings.SplitSeq(text, ",") {
			if name = strings.TrimSpace(name); name == "" {
				return errors.New("a column has a name")
			}
			*list = append(*list, name)
		}
		return nil
	}
}
