package dialect

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/row"
)

// Firebird is the dialect of Firebird 3. Its selectable procedures are functions that return rows,
// its executable ones procedures, and its stored functions are called by what a catalog knows. It
// reads a name that is not quoted in upper case: a plain name of a program stays bare, and is that
// of a routine which was created without quotes.
var Firebird = &Dialect{
	Name:     "Firebird",
	ReadOnly: true,
	Lexing: Lexing{
		LineEnds:    "\n",
		Colons:      true,
		Placeholder: isQuestionMark,
	},
	placeholder: "?",
	openQuote:   `"`,
	closeQuote:  `"`,
	keywords:    firebirdKeywords,
	isReserved:  isNoFirebirdName,
	maxParts:    2, // package.procedure
	checkIdent:  checkFirebirdIdent,
	fromOne:     " FROM RDB$DATABASE",
	function: func(d *Dialect, c call) (Statement, error) {
		return firebirdInvoke(d, "SELECT * FROM ", c)
	},
	procedure: func(d *Dialect, c call) (Statement, error) {
		return firebirdInvoke(d, "EXECUTE PROCEDURE ", c)
	},
	routine:    firebirdRoutine,
	relation:   firebirdRelation,
	bind:       bindFirebird,
	argument:   firebirdArgument,
	filters:    firebirdFilters{},
	columnType: firebirdType,
}

// isNoFirebirdName reports whether a name begins as no bare one can ("Language Reference", 2.2).
func isNoFirebirdName(name string) bool { return name[0] == '_' }

// checkFirebirdIdent follows the "Language Reference", 2.2.
func checkFirebirdIdent(name string) error {
	if len(name) > 31 {
		return fmt.Errorf("identifier %q has %d bytes: Firebird 3 allows 31; shorten it", name,
			len(name))
	}
	if strings.HasSuffix(name, " ") {
		return fmt.Errorf("identifier %q ends with a space, which Firebird drops", name)
	}
	return nil
}

// firebirdInvoke writes a call. A procedure without arguments has no parentheses. OUT parameters
// have no place in it, since they are the columns of the result, nor have absent ones at the end,
// which take their defaults.
func firebirdInvoke(d *Dialect, verb string, c call) (Statement, error) {
	in, places, last := call{name: c.name}, []int{}, 0
	for i, p := range c.params {
		if !takesValue(p) {
			continue
		}
		in.params, places = append(in.params, p), append(places, i)
		if !p.Absent {
			last = len(in.params)
		}
	}
	in.params = in.params[:last]
	s, err := d.invoke(verb, in)
	s.Query = strings.TrimSuffix(s.Query, "()")
	return s.Rebound(places), err
}

// firebirdRoutine calls a routine of a catalog with the arguments up to the last one that is given.
func firebirdRoutine(
	d *Dialect, r *catalog.Routine, given []*catalog.Param,
) (s Statement, ok bool, err error) {
	verb := "EXECUTE PROCEDURE "
	if r.Kind == catalog.Function {
		verb = "SELECT * FROM "
	}
	inner, err := firebirdCall(d, verb, r, given)
	return Statement{Query: inner.Query, Bind: inner.Bind}, true, err
}

// firebirdRelation writes the same for a function.
func firebirdRelation(d *Dialect, r *catalog.Routine, given []*catalog.Param) (Inner, error) {
	return firebirdCall(d, "SELECT * FROM ", r, given)
}

// firebirdCall writes a call. A stored function, which returns no set, has one column, with its
// name. Arguments have no names, so that the default of the catalog stands for one which is left
// out before another.
func firebirdCall(
	d *Dialect, verb string, r *catalog.Routine, given []*catalog.Param,
) (Inner, error) {
	inner := Inner{Bind: []int{}, Values: len(given), Columns: r.Result.Columns}
	name, err := d.Quote(r.Name)
	if err != nil {
		return inner, err
	}
	column := name
	if r.Schema != "" {
		var of string
		if of, err = d.Quote(r.Schema); err != nil {
			return inner, err
		}
		name = of + "." + name
	}
	last := 0
	for i := range r.Params {
		if slices.Contains(given, &r.Params[i]) {
			last = i + 1
		}
	}
	list := make([]string, last)
	for i := range list {
		p := &r.Params[i]
		switch at := slices.Index(given, p); {
		case at >= 0:
			list[i], inner.Bind = "?", append(inner.Bind, at)
		case p.DefaultSQL != "":
			list[i] = p.DefaultSQL
		default:
			list[i] = "NULL"
		}
	}
	args := "(" + strings.Join(list, ", ") + ")"
	switch isFunction := r.Kind == catalog.Function && !r.Result.Set; {
	case isFunction:
		inner.Query = "SELECT " + name + args + " AS " + column + d.fromOne
	case last == 0:
		inner.Query = verb + name
	default:
		inner.Query = verb + name + args
	}
	return inner, nil
}

// bindFirebird binds truth values as BOOLEAN. A number stays a text, which Firebird converts to the
// type of the parameter with all its digits.
func bindFirebird(text string, t binder.Type) any {
	switch t {
	case binder.BoolType:
		if value, ok := truth(text); ok {
			return value
		}
	case binder.TimeType:
		return firebirdTime(text)
	}
	return text
}

// firebirdArgument binds a text as what the type of the parameter is.
func firebirdArgument(t *catalog.Type, _ binder.Arg, text string) any {
	return firebirdValue(t, text)
}

// firebirdValue returns what is bound for a text of a type.
func firebirdValue(t *catalog.Type, text string) any {
	switch t.Name {
	case "BOOLEAN":
		return bindFirebird(text, binder.BoolType)
	case "BLOB", "BINARY", "VARBINARY":
		return bytesOf(text)
	case "TIMESTAMP":
		return firebirdTime(text)
	}
	return text
}

// firebirdTime returns a time as Firebird reads it, with a space before the time of day. It has no
// zones: a time with one is that of UTC.
func firebirdTime(text string) any {
	if at, ok := instant(text).(time.Time); ok {
		return at.UTC()
	}
	day, clock, ok := strings.Cut(text, "T")
	if !ok || !utf8.ValidString(text) {
		return text
	}
	return day + " " + clock
}

// firebirdType returns the type of a column by the name that package quirk has made of what the
// driver reports.
func firebirdType(c row.Column) *catalog.Type {
	t := reportedType(c)
	if t != nil {
		t.SQL = t.Name
		t.Name, _, _ = strings.Cut(t.Name, "(")
	}
	return t
}

// firebirdKeywords are the reserved words of Firebird 3 ("Language Reference", appendix C).
const firebirdKeywords = "" +
	" add admin all alter and any as at avg begin between bigint bit_length blob boolean both by" +
	" case cast char char_length character character_length check close collate column commit" +
	" connect constraint corr count covar_pop covar_samp create cross current current_connection" +
	" current_date current_role current_time current_timestamp current_transaction current_user" +
	" cursor date day dec decimal declare default delete deleting deterministic disconnect" +
	" distinct double drop else end escape execute exists external extract false fetch filter" +
	" float for foreign from full function gdscode global grant group having hour in index inner" +
	" insensitive insert inserting int integer into is join leading left like localtime" +
	" localtimestamp long lower max merge min minute month national natural nchar no not null" +
	" numeric octet_length of offset on only open or order outer over parameter plan position" +
	" post_event precision primary procedure rdb$db_key rdb$record_version real record_version" +
	" recreate recursive references regr_avgx regr_avgy regr_count regr_intercept regr_r2" +
	" regr_slope regr_sxx regr_sxy regr_syy release return returning_values returns revoke right" +
	" rollback row row_count rows savepoint scroll second select sensitive set similar smallint" +
	" some sqlcode sqlstate start stddev_pop stddev_samp sum table then time timestamp to trailing" +
	" trigger trim true union unique unknown update updating upper user using value values var_pop" +
	" var_samp varchar variable varying view when where while with year "
