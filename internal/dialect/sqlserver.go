package dialect

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/moresql/moresql/binder"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/row"
)

// SQLServer is the dialect of Microsoft SQL Server, through github.com/microsoft/go-mssqldb. It is
// written against the documentation of both and has not run against a server.
var SQLServer = &Dialect{
	Name:     "SQL Server",
	Numbered: true,
	Lexing: Lexing{
		Brackets:       true,
		NestedComments: true,
		LineEnds:       "\n",
		Colons:         true,
		WordBytes:      "@#",
		Placeholder:    isAtNumber,
	},
	placeholder: "@p",
	openQuote:   "[",
	closeQuote:  "]",
	keywords:    sqlServerKeywords,
	maxParts:    4, // server.database.schema.procedure
	checkIdent:  checkSysname,
	namedBy:     " = ",
	function:    sqlServerFunction,
	procedure:   sqlServerProcedure,
	bind:        bindSQLServer,
	filters:     sqlServerFilters{},
	columnType:  reportedType,
}

// bindSQLServer binds truth values as bit and numbers as bigint, or as float where that has all
// their digits, otherwise as nvarchar, which the server converts to the type of the number next to
// it. A time with a zone is a datetimeoffset.
func bindSQLServer(text string, t binder.Type) any {
	switch t {
	case binder.BoolType:
		if value, ok := truth(text); ok {
			return value
		}
	case binder.NumberType:
		return number(text)
	case binder.TimeType: // datetimeoffset
		return instant(text)
	}
	return text
}

// isAtNumber reports whether text begins with @p1 or its like, in either case.
func isAtNumber(text string) bool {
	word := (&Lexing{WordBytes: "@#"}).Word(text)
	number, ok := strings.CutPrefix(strings.ToLower(word), "@p")
	return ok && number != "" && strings.Trim(number, "0123456789") == ""
}

// checkSysname checks a name that is stored as sysname, an nvarchar(128), which counts UTF-16 code
// units.
func checkSysname(name string) error {
	if n := len(utf16.Encode([]rune(name))); n > 128 {
		return fmt.Errorf("identifier %q has %d characters: SQL Server allows 128; "+
			"shorten it", name, n)
	}
	return nil
}

// sqlServerFunction calls a table-valued function. Only EXEC takes arguments by name.
func sqlServerFunction(d *Dialect, c call) (Statement, error) {
	if c.named {
		return Statement{}, fmt.Errorf("functions of %v have no named notation: leave Named out", d)
	}
	return selectFrom(d, c)
}

// returnStatus is the column that has the return status of a procedure.
const returnStatus = "return_status"

// sqlServerProcedure calls a procedure by EXEC, with those arguments by name that have one. Absent
// ones are left out if the call is named, so that they take their defaults, and NULL otherwise.
//
// OUT parameters and the return status come back through output variables, which make up the row of
// the call. An INOUT parameter has two placeholders, one for what goes in and one for what comes
// back, with a SET between them: go-mssqldb declares a text as long as its value, nvarchar(3) for
// abc, to which the server would cut what comes back, and has no NULL of nvarchar(max).
func sqlServerProcedure(d *Dialect, c call) (Statement, error) {
	name, err := d.QuoteName(c.name)
	if err != nil {
		return Statement{}, err
	}
	s := Statement{Bind: []int{}}
	for i, p := range c.params {
		if takesValue(p) && !(c.named && p.Absent) {
			s.Bind = append(s.Bind, i)
		}
	}
	output := func(column row.Column) (variable string) {
		s.Outs = append(s.Outs, column)
		return string(d.AppendPlaceholder(nil, len(s.Bind)+len(s.Outs)))
	}
	var sets, args []string
	in, byName := 0, false
	for _, p := range c.params {
		if c.named && p.Absent {
			continue
		}
		value := "NULL"
		if takesValue(p) {
			in++
			value = string(d.AppendPlaceholder(nil, in))
		}
		if p.Out {
			if p.Name == "" {
				return Statement{}, errors.New("an OUT parameter has no name for its column")
			}
			variable := output(row.Column{Name: p.Name})
			sets = append(sets, "SET "+variable+" = "+value+"; ")
			value = variable + " OUTPUT"
		}
		if p.Name == "" && byName { // error 119
			return Statement{}, errors.New("arguments without a name come before those with one")
		}
		if p.Name != "" {
			if err := checkParameterName(p.Name); err != nil {
				return Statement{}, err
			}
			byName, value = true, "@"+p.Name+d.namedBy+value
		}
		args = append(args, value)
	}
	s.Query = strings.Join(sets, "") + "EXEC "
	isStatus := func(c row.Column) bool { return strings.EqualFold(c.Name, returnStatus) }
	if len(s.Outs) > 0 && !slices.ContainsFunc(s.Outs, isStatus) {
		s.Query += output(row.Column{Name: returnStatus, Kind: row.Int}) + " = "
	}
	s.Query += name
	if len(args) > 0 {
		s.Query += " " + strings.Join(args, ", ")
	}
	return s, nil
}

// takesValue reports whether a value of the caller's is passed to a parameter.
func takesValue(p Param) bool { return p.In || !p.Out }

// checkParameterName checks the name of a parameter, which unlike other identifiers cannot be
// quoted ("Database Identifiers", regular identifiers).
func checkParameterName(name string) error {
	isOdd := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_@$#", r)
	}
	if i := strings.IndexFunc(name, isOdd); i >= 0 {
		return fmt.Errorf("parameter %q: SQL Server's names of parameters have letters, digits, "+
			"_, @, $ and # only", name)
	}
	return checkSysname("@" + name)
}

// sqlServerFilters writes filters for SQL Server. It has no paths into JSON.
type sqlServerFilters struct{}

// unordered is the order of rows in any order, where the grammar demands one.
const unordered = " ORDER BY (SELECT NULL)"

func (sqlServerFilters) typesJSON() bool { return false }

func (sqlServerFilters) meta(w *selector, m Meta) error {
	return w.countPage("(SELECT 1 AS c)", unordered)
}

func (f sqlServerFilters) item(w *selector, table string, item filter.Item) {
	field := item.Field
	f.field(w, table, field)
}

func (sqlServerFilters) field(w *selector, table string, f filter.Field) {
	if f.Path != nil {
		w.refuse(f, fmt.Sprintf("paths into JSON are not supported by %s", w.d))
	}
	_, column := w.column(table, f)
	w.write(column)
}

// term orders by whether there is a value first, since SQL Server has no NULLS FIRST.
func (f sqlServerFilters) term(w *selector, table string, t filter.Term) {
	if t.Nulls != filter.NullsAnywhere {
		w.write("CASE WHEN ")
		f.field(w, table, t.Field)
		w.write(" IS NULL THEN 0 ELSE 1 END")
		if t.Nulls == filter.NullsLast {
			w.write(" DESC")
		}
		w.write(", ")
	}
	f.field(w, table, t.Field)
	if t.Desc {
		w.write(" DESC")
	}
}

// page writes OFFSET and FETCH, which need an order. FETCH takes no 0, so a page without rows is
// one far after the last row: the text must not depend on the number.
func (sqlServerFilters) page(w *selector) {
	limit, offset := w.q.Limit, w.q.Offset
	if limit == nil && offset == nil {
		return
	}
	if len(w.q.Order) == 0 {
		w.write(unordered)
	}
	var before, rows int64
	if offset != nil {
		before = *offset
	}
	if limit != nil {
		rows = *limit
	}
	if limit != nil && rows == 0 {
		before, rows = math.MaxInt64/2, 1
	}
	w.write(" OFFSET ")
	w.value(before)
	w.write(" ROWS")
	if limit != nil {
		w.write(" FETCH NEXT ")
		w.value(rows)
		w.write(" ROWS ONLY")
	}
}

func (f sqlServerFilters) compare(w *selector, c filter.Condition) {
	op := operator(c.Op)
	switch {
	case c.Each != filter.Once:
		w.refuseOperator(c)
	case c.Op == filter.Is:
		f.is(w, c)
	case c.Op == filter.In:
		w.in(c.List, func() { f.field(w, "t", c.Field) }, func(v string) { f.operand(w, c.Field, v) })
	case c.Op == filter.IsDistinct:
		w.write("NOT EXISTS (SELECT ")
		f.field(w, "t", c.Field)
		w.write(" INTERSECT SELECT ")
		f.operand(w, c.Field, c.Value)
		w.write(")")
	case c.Op == filter.Like:
		f.like(w, c, "Latin1_General_100_BIN2")
	case c.Op == filter.ILike:
		f.like(w, c, "Latin1_General_100_CI_AS")
	case op == "":
		w.refuseOperator(c)
	default:
		f.field(w, "t", c.Field)
		w.write(" ", op, " ")
		f.operand(w, c.Field, c.Value)
	}
}

// operand writes what a field is compared with. The server converts a text to the type of the
// field next to it ("Data type precedence"), but not to bytes.
func (sqlServerFilters) operand(w *selector, f filter.Field, value string) {
	t, _ := w.column("t", f)
	if t != nil {
		switch strings.ToUpper(t.Name) {
		case "BINARY", "VARBINARY", "IMAGE":
			w.value(bytesOf(value))
			return
		}
	}
	w.value(value)
}

// is compares with a word. A bit is no condition: IS TRUE does not exist.
func (f sqlServerFilters) is(w *selector, c filter.Condition) {
	f.field(w, "t", c.Field)
	switch c.Value {
	case "true":
		w.write(" = 1")
	case "false":
		w.write(" = 0")
	case "unknown":
		w.write(" IS NULL")
	default:
		w.write(isWords(c.Value))
	}
}

// like compares with a pattern, byte by byte or regardless of case.
func (f sqlServerFilters) like(w *selector, c filter.Condition, collation string) {
	w.write("CONVERT(nvarchar(max), ")
	f.field(w, "t", c.Field)
	w.write(") COLLATE ", collation, " LIKE ")
	w.value(bracketEscaped(c.Value))
	w.write(` ESCAPE '\'`)
}

// bracketEscaped returns a pattern without sets of characters, which [ begins.
func bracketEscaped(like string) string {
	var b strings.Builder
	for i := 0; i < len(like); i++ {
		switch c := like[i]; {
		case c == '[':
			b.WriteString(`\[`)
		case c == '\\' && i+1 < len(like):
			i++
			b.WriteString(like[i-1 : i+1])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// sqlServerKeywords are the reserved words of
// https://learn.microsoft.com/sql/t-sql/language-elements/reserved-keywords-transact-sql
const sqlServerKeywords = "" +
	" add all alter and any as asc authorization backup begin between break browse bulk by cascade" +
	" case check checkpoint close clustered coalesce collate column commit compute constraint" +
	" contains containstable continue convert create cross current current_date current_time" +
	" current_timestamp current_user cursor database dbcc deallocate declare default delete deny" +
	" desc disk distinct distributed double drop dump else end errlvl escape except exec execute" +
	" exists exit external fetch file fillfactor for foreign freetext freetexttable from full" +
	" function goto grant group having holdlock identity identity_insert identitycol if in index" +
	" inner insert intersect into is join key kill left like lineno load merge national nocheck" +
	" nonclustered not null nullif of off offsets on open opendatasource openquery openrowset" +
	" openxml option or order outer over percent pivot plan precision primary print proc procedure" +
	" public raiserror read readtext reconfigure references replication restore restrict return" +
	" revert revoke right rollback rowcount rowguidcol rule save schema securityaudit select" +
	" semantickeyphrasetable semanticsimilaritydetailstable semanticsimilaritytable session_user" +
	" set setuser shutdown some statistics system_user table tablesample textsize then to top tran" +
	" transaction trigger truncate try_convert tsequal union unique unpivot update updatetext use" +
	" user values varying view waitfor when where while with within writetext "
