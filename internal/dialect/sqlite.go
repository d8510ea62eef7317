package dialect

import (
	"strings"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/row"
)

// SQLite is the dialect of SQLite. It has table-valued functions and no procedures.
var SQLite = &Dialect{
	Name: "SQLite",
	Lexing: Lexing{
		Backticks:   true,
		Brackets:    true,
		LineEnds:    "\n",
		Placeholder: isSQLitePlaceholder,
	},
	Identity:    JSONType{Types: []string{"integer"}, Format: "int64"}, // the number of the row
	Affected:    "SELECT changes()",
	placeholder: "?",
	openQuote:   `"`,
	closeQuote:  `"`,
	keywords:    sqliteKeywords,
	maxParts:    3,
	function:    selectFrom,
	bind:        bindSQLite,
	argument:    sqliteArgument,
	filters:     sqliteFilters{},
	stages:      sqliteStages{},
	jsonType:    sqliteJSONType,
	columnType:  sqliteType,
}

// isSQLitePlaceholder reports whether text begins with ?, ?1, @name or $name.
func isSQLitePlaceholder(text string) bool {
	named := (text[0] == '@' || text[0] == '$') && len(text) > 1
	return isQuestionMark(text) || named && new(Lexing).WordByte(text[1])
}

// bindSQLite binds what SQLite stores ("Datatypes In SQLite"): truth values as 1 and 0, numbers as
// INTEGER where they are whole and have 64 bits, as REAL where that has all their digits, and
// otherwise as TEXT. A TEXT equals no number and is greater than all of them, except next to a
// column of a numeric type, for which SQLite converts it.
func bindSQLite(text string, t binder.Type) any {
	switch t {
	case binder.BoolType:
		if value, ok := truth(text); ok && value {
			return int64(1)
		} else if ok {
			return int64(0)
		}
	case binder.NumberType:
		return number(text)
	}
	return text
}

// digitsType is the name of the type of a column that has its numbers as text, for want of a
// decimal type: compared and ordered as numbers.
const digitsType = "DIGITS"

// sqliteType heeds that a program may have set the kind of a column, which then says more than
// its declared type.
func sqliteType(c row.Column) *catalog.Type {
	switch {
	case c.Kind == row.Bool:
		return &catalog.Type{Name: "BOOLEAN"}
	case c.Kind == row.Numeric && c.DatabaseType == "TEXT":
		return &catalog.Type{Name: digitsType}
	case c.Kind == row.Date || c.Kind == row.Timestamp: // by declaration, or by the program's Kinds
		return &catalog.Type{Name: "TIMESTAMP"}
	}
	return reportedType(c)
}

// sqliteFilters writes filters for SQLite.
type sqliteFilters struct{}

func (sqliteFilters) typesJSON() bool { return false }

func (sqliteFilters) meta(w *selector, m Meta) error { return w.countPage("(SELECT 1)", "") }

func (l sqliteFilters) term(w *selector, table string, t filter.Term) {
	if t.Embed != "" {
		w.related(t)
	} else {
		l.field(w, table, t.Field)
	}
	w.direction(t)
}

func (sqliteFilters) page(w *selector) { w.limit(" LIMIT -1", "") }

func (l sqliteFilters) item(w *selector, table string, item filter.Item) {
	w.write(l.scalar(w, table, item).text)
}

// extract writes what a path leads to, as JSON or as text.
func (sqliteFilters) extract(w *selector, table string, f filter.Field) {
	_, column := w.column(table, f)
	arrow := " -> "
	if isText(f.Path) {
		arrow = " ->> "
	}
	w.write(document(column), arrow)
	w.value(jsonPath(f.Path))
}

// document is a column as JSON. The column can hold any text, and one that is no JSON would make
// the whole statement fail.
func document(column string) string {
	return "CASE json_error_position(" + column + ") WHEN 0 THEN " + column + " END"
}

// field writes what is compared and ordered: for JSON its value in SQL, or its text.
func (l sqliteFilters) field(w *selector, table string, f filter.Field) {
	t, column := w.column(table, f)
	switch {
	case f.Path == nil && t != nil && t.Name == digitsType:
		w.write("CAST(", column, " AS NUMERIC)")
		return
	case f.Path == nil:
		w.write(column)
		return
	}
	if isText(f.Path) {
		w.write("CAST")
		defer w.write(" AS TEXT)")
	} else {
		defer w.write(")")
	}
	w.write("(", document(column), " ->> ")
	w.value(jsonPath(f.Path))
}

func (l sqliteFilters) compare(w *selector, c filter.Condition) {
	op, list := operator(c.Op), []string{c.Value}
	switch c.Op {
	case filter.Is:
		if c.Value == "unknown" { // SQLite lacks the word
			c.Value = "null"
		}
		l.field(w, w.table, c.Field)
		w.write(isWords(c.Value))
		return
	case filter.Like:
		op, list[0] = "GLOB", globOf(c.Value)
	case filter.ILike:
		op = "LIKE"
	case filter.In:
		op, list = "IN", c.List
	case filter.IsDistinct:
		op = "IS NOT"
	}
	switch {
	case op == "", c.Each != filter.Once:
		w.refuseOperator(c)
	case c.Op == filter.Like, c.Op == filter.ILike:
		l.field(w, w.table, c.Field)
		w.write(" ", op, " ")
		w.value(list[0])
		if c.Op == filter.ILike {
			w.write(` ESCAPE '\'`)
		}
	default:
		l.operands(w, c.Field, op, list)
	}
}

// globOf returns the pattern for GLOB, where case counts, that matches what one for LIKE does.
func globOf(like string) string {
	var b strings.Builder
	for i := 0; i < len(like); i++ {
		c := like[i]
		switch {
		case c == '%':
			b.WriteByte('*')
			continue
		case c == '_':
			b.WriteByte('?')
			continue
		case c == '\\' && i+1 < len(like):
			i++
			c = like[i]
		}
		if strings.IndexByte("*?[", c) >= 0 {
			b.WriteString("[" + string(rune(c)) + "]")
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// sqliteKeywords are all 147 of https://sqlite.org/lang_keywords.html, which advises to quote every
// one of them: which ones do without depends on how the library was compiled.
const sqliteKeywords = "" +
	" abort action add after all alter always analyze and as asc attach autoincrement before begin" +
	" between by cascade case cast check collate column commit conflict constraint create cross" +
	" current current_date current_time current_timestamp database default deferrable deferred" +
	" delete desc detach distinct do drop each else end escape except exclude exclusive exists" +
	" explain fail filter first following for foreign from full generated glob group groups having" +
	" if ignore immediate in index indexed initially inner insert instead intersect into is isnull" +
	" join key last left like limit match materialized natural no not nothing notnull null nulls of" +
	" offset on or order others outer over partition plan pragma preceding primary query raise" +
	" range recursive references regexp reindex release rename replace restrict returning right" +
	" rollback row rows savepoint select set table temp temporary then ties to transaction trigger" +
	" unbounded union unique update using vacuum values view virtual when where window with without "
