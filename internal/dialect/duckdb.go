package dialect

import (
	"slices"
	"strings"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
)

// DuckDB is the dialect of DuckDB, whose routines are macros: those of tables are functions that
// return rows, and those of scalars are called by what a catalog knows. The types of columns are
// those that the connector of drivers/duckdb reports.
var DuckDB = &Dialect{
	Name: "DuckDB",
	Lexing: Lexing{
		EscapeStrings:  true,
		DollarStrings:  true,
		NestedComments: true,
		LineEnds:       "\n\r",
		Colons:         true,
		Placeholder:    isDuckDBPlaceholder,
	},
	placeholder: "?",
	openQuote:   `"`,
	closeQuote:  `"`,
	keywords:    duckdbKeywords,
	maxParts:    3, // database.schema.macro
	namedBy:     " := ",
	function:    selectFrom,
	routine:     duckdbRoutine,
	relation:    duckdbRelation,
	bind:        bindDuckDB,
	argument:    duckdbArgument,
	filters:     duckdbFilters{},
	jsonType:    duckdbJSONType,
	columnType:  reportedType,
}

// isDuckDBPlaceholder reports whether text begins with ?, $1 or $name.
func isDuckDBPlaceholder(text string) bool {
	return isQuestionMark(text) || text[0] == '$' && len(text) > 1 && new(Lexing).WordByte(text[1])
}

// bindDuckDB binds truth values as BOOLEAN and numbers as BIGINT, or as DOUBLE where that has all
// their digits, since a parameter of a macro without a type takes that of its argument. Another
// number is a text, which DuckDB converts to the type of what it is next to, with all its digits.
func bindDuckDB(text string, t binder.Type) any {
	switch t {
	case binder.BoolType:
		if value, ok := truth(text); ok {
			return value
		}
	case binder.NumberType:
		return number(text)
	}
	return text
}

// duckdbArgument binds a text for the cast to the type of the parameter, and bytes and truth values
// as what they are: the words that DuckDB has for these differ from those of requests.
func duckdbArgument(t *catalog.Type, a binder.Arg, text string) any {
	switch t.SQL {
	case "BLOB":
		return bytesOf(text)
	case "BOOLEAN":
		return bindDuckDB(text, binder.BoolType)
	case "JSON":
		if a.JSON { // a string keeps its quotes
			return a.Values[0]
		}
	case "DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE":
		return duckdbTime(text)
	}
	return text
}

// duckdbTime returns a time before Christ, which responses show with BC at the end, as DuckDB
// writes it: 0044-03-15 (BC) 01:02:03.
func duckdbTime(text string) string {
	before, isBC := strings.CutSuffix(text, " BC")
	if !isBC {
		return text
	}
	day, clock, _ := strings.Cut(before, "T")
	return strings.TrimSpace(day + " (BC) " + clock)
}

// isNested reports whether responses show a value of a type as JSON, by the name of the type: JSON
// for all of them in a result, and otherwise as DuckDB writes a LIST, ARRAY, STRUCT, MAP and UNION.
func isNested(name string) bool {
	return name == "JSON" || name == "VARIANT" || strings.HasSuffix(name, "]") ||
		strings.HasPrefix(name, "STRUCT(") || strings.HasPrefix(name, "MAP(") ||
		strings.HasPrefix(name, "UNION(")
}

// duckdbRoutine calls a macro of a catalog with those of its arguments that are given, by name.
func duckdbRoutine(
	d *Dialect, r *catalog.Routine, given []*catalog.Param,
) (s Statement, ok bool, err error) {
	inner, err := duckdbRelation(d, r, given)
	return Statement{Query: inner.Query, Bind: inner.Bind}, true, err
}

// duckdbRelation writes the same. A macro of a scalar, which is one that returns no set, has one
// column, with the name of the macro. The columns of the others are known only if their types do
// not depend on arguments.
func duckdbRelation(d *Dialect, r *catalog.Routine, given []*catalog.Param) (Inner, error) {
	inner := Inner{Bind: []int{}, Values: len(given), Columns: r.Result.Columns}
	before, after := "SELECT * FROM ", ""
	name, err := d.QuoteName(catalogName(r))
	if err == nil && !r.Result.Set {
		var column string
		column, err = d.QuoteIdent(r.Name)
		before, after = "SELECT ", " AS "+column
	}
	var args []string
	for i := range r.Params {
		p := &r.Params[i]
		at := slices.Index(given, p)
		if at < 0 || err != nil {
			continue
		}
		var argument string
		if argument, err = d.Quote(p.Name); err == nil {
			args = append(args, argument+d.namedBy+duckdbCast(p.Type))
			inner.Bind = append(inner.Bind, at)
		}
	}
	inner.Query = before + name + "(" + strings.Join(args, ", ") + ")" + after
	return inner, err
}

// duckdbCast returns a placeholder whose value gets the type of a parameter: a macro takes values
// of that type alone. Nested values are bound as JSON.
func duckdbCast(t *catalog.Type) string {
	switch {
	case t == nil:
		return "?"
	case t.SQL != "JSON" && isNested(t.SQL):
		return "CAST(CAST(? AS JSON) AS " + t.SQL + ")"
	}
	return "CAST(? AS " + t.SQL + ")"
}

// duckdbKeywords are the words of DuckDB 1.5 that are not "unreserved" in duckdb_keywords(), which
// TestKeywords queries.
const duckdbKeywords = "" +
	" all analyse analyze and anti any array as asc asof asymmetric at authorization between bigint" +
	" binary bit boolean both by case cast char character check coalesce collate collation column" +
	" columns concurrently constraint create cross dec decimal default deferrable desc describe" +
	" distinct do else end except exists extract false fetch float for foreign freeze from full" +
	" generated glob group grouping grouping_id having ilike in initially inner inout int integer" +
	" intersect interval into is isnull join lambda lateral leading left like limit map national" +
	" natural nchar none not notnull null nullif numeric offset on only or order out outer overlaps" +
	" overlay pivot pivot_longer pivot_wider placing position positional precision primary qualify" +
	" real references returning right row select semi setof show similar smallint some struct" +
	" substring summarize symmetric table tablesample then time timestamp to trailing treat trim" +
	" true try_cast union unique unpack unpivot using values varchar variadic verbose when where" +
	" window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse" +
	" xmlpi xmlroot xmlserialize xmltable "
