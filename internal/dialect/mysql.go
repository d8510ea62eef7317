package dialect

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/row"
)

// MySQL is the dialect of MySQL and MariaDB.
var MySQL = &Dialect{
	Name:      "MySQL",
	Affected:  "SELECT ROW_COUNT()",
	ReadOnly:  true,
	ReadsOuts: true,
	Lexing: Lexing{
		BackslashStrings: true,
		Backticks:        true,
		HashComments:     true,
		LineEnds:         "\n",
		Executed:         []string{"/*!", "/*M!"},
		Placeholder:      isQuestionMark,
	},
	Users:       true,
	placeholder: "?",
	openQuote:   "`",
	closeQuote:  "`",
	keywords:    mysqlKeywords,
	isReserved:  isIntroducer,
	maxParts:    3, // database.package.procedure in MariaDB
	checkIdent:  checkMySQLIdent,
	procedure:   mysqlProcedure,
	routine:     mysqlRoutine,
	bind:        bindMySQL,
	argument:    mysqlArgument,
	filters:     mysqlFilters{},
	stages:      mysqlStages{},
	jsonType:    mysqlJSONType,
	columnType:  reportedType,
}

// isIntroducer reports whether a name may announce the character set of a string, as _utf8 does;
// which ones exist depends on the server.
func isIntroducer(name string) bool { return name[0] == '_' }

// checkMySQLIdent follows the manual's "Schema Object Names" and "Identifier Length Limits".
// MariaDB has the same rules, with errors 1458, 1300 and 1059.
func checkMySQLIdent(name string) error {
	const section = "which MySQL does not allow (manual, section \"Schema Object Names\")"
	if strings.HasSuffix(name, " ") {
		return fmt.Errorf("identifier %q ends with a space, %s", name, section)
	}
	if i := strings.IndexFunc(name, func(r rune) bool { return r > 0xFFFF }); i >= 0 {
		return fmt.Errorf("identifier %q has a character beyond U+FFFF, %s", name, section)
	}
	if n := utf8.RuneCountInString(name); n > 64 {
		return fmt.Errorf("identifier %q has %d characters: MySQL allows 64; shorten it", name, n)
	}
	return nil
}

// mysqlProcedure calls a procedure. OUT parameters go through variables of the session, since
// go-sql-driver/mysql does not have the server send them as a result set.
func mysqlProcedure(d *Dialect, c call) (Statement, error) {
	if !slices.ContainsFunc(c.params, func(p Param) bool { return p.Out }) {
		return callProcedure(d, c)
	}
	name, err := d.QuoteName(c.name)
	if err != nil {
		return Statement{}, err
	}
	set, call, get := Statement{}, Statement{Bind: []int{}}, Statement{Bind: []int{}}
	var sets, args, gets []string
	var columns []row.Column
	for i, p := range c.params {
		if !p.Out {
			args, call.Bind = append(args, "?"), append(call.Bind, i)
			continue
		}
		column, err := d.Quote(p.Name)
		if err != nil {
			return Statement{}, fmt.Errorf("an OUT parameter: %w", err)
		}
		variable := fmt.Sprintf("@moresql_%d", i)
		if p.In {
			sets, set.Bind = append(sets, variable+" = ?"), append(set.Bind, i)
		}
		shown, kind := mysqlVariable(variable, c.typeOf(i))
		args, gets = append(args, variable), append(gets, shown+" AS "+column)
		columns = append(columns, row.Column{Name: p.Name, Kind: kind})
	}
	get.Query = "SELECT " + strings.Join(gets, ", ")
	call.Query, call.Then = "CALL "+name+"("+strings.Join(args, ", ")+")", &get
	if sets == nil {
		call.Columns = columns
		return call, nil
	}
	set.Query, set.Then, set.Columns = "SET "+strings.Join(sets, ", "), &call, columns
	return set, nil
}

// mysqlVariable returns how a variable of the session is read that has the value of a parameter,
// and of what kind it is. Variables have integers, doubles, decimals and strings alone.
func mysqlVariable(variable string, t *catalog.Type) (sql string, kind row.Kind) {
	if t == nil {
		return variable, row.Null
	}
	switch name := strings.ToLower(t.Name); {
	case isMySQLBoolean(t):
		return variable, row.Bool
	case name == "bit":
		digits := (mysqlLength(t.SQL) + 7) / 8 * 2
		return fmt.Sprintf("UNHEX(LPAD(HEX(%s), %d, '0'))", variable, digits), row.Null
	case name == "float":
		return variable, row.Float32
	case name == "date":
		return variable, row.Date
	case name == "time":
		return variable, row.Time
	case hasMySQLTimes(name):
		return variable, row.Timestamp
	}
	return variable, row.Null
}

// mysqlRoutine calls a procedure, or a function, which returns one value and cannot stand in FROM.
func mysqlRoutine(
	d *Dialect, r *catalog.Routine, given []*catalog.Param,
) (s Statement, ok bool, err error) {
	params, values := paramsOf(r, given)
	c := call{name: catalogName(r), params: params}
	for i := range r.Params {
		c.types = append(c.types, r.Params[i].Type)
	}
	if r.Kind == catalog.Function {
		s, err = d.invoke("SELECT ", c)
	} else {
		s, err = mysqlProcedure(d, c)
	}
	return s.Rebound(values), true, err
}

// mysqlFilters writes filters for MySQL and MariaDB.
type mysqlFilters struct{}

func (mysqlFilters) typesJSON() bool { return false }

func (mysqlFilters) meta(w *selector, m Meta) error { return w.countPage("(SELECT 1)", "") }

// term orders by whether there is a value first, since MySQL has no NULLS FIRST.
func (m mysqlFilters) term(w *selector, table string, t filter.Term) {
	field := func() { m.field(w, table, t.Field) }
	if t.Embed != "" {
		field = func() { w.related(t) }
	}
	if t.Nulls != filter.NullsAnywhere {
		field()
		w.write(" IS NULL")
		if t.Nulls == filter.NullsFirst {
			w.write(" DESC")
		}
		w.write(", ")
	}
	field()
	if t.Desc {
		w.write(" DESC")
	}
}

// page takes the number that the manual names where there is an OFFSET alone, which MySQL lacks.
func (mysqlFilters) page(w *selector) { w.limit(" LIMIT 18446744073709551615", "") }

func (m mysqlFilters) item(w *selector, table string, item filter.Item) {
	w.write(m.scalar(w, table, item).text)
}

// field writes a column, or what a path leads to. JSON's null as text is NULL.
func (m mysqlFilters) field(w *selector, table string, f filter.Field) {
	_, column := w.column(table, f)
	switch {
	case f.Path == nil:
		w.write(column)
	case isText(f.Path):
		w.write("CASE WHEN JSON_TYPE(")
		m.extract(w, column, f)
		w.write(") <> 'NULL' THEN JSON_UNQUOTE(")
		m.extract(w, column, f)
		w.write(") END")
	default:
		m.extract(w, column, f)
	}
}

// extract writes what a path leads to. MariaDB 10.11 finds elements that are counted from the end
// in the first row only.
func (m mysqlFilters) extract(w *selector, column string, f filter.Field) {
	if slices.ContainsFunc(f.Path, func(s filter.Step) bool { return s.Index && indexOf(s) < 0 }) {
		w.refuse(f, "elements of an array are not counted from its end here")
	}
	w.write("JSON_EXTRACT(", column, ", ")
	w.value(jsonPath(f.Path))
	w.write(")")
}

func (m mysqlFilters) compare(w *selector, c filter.Condition) {
	op := operator(c.Op)
	switch {
	case c.Each != filter.Once:
		w.refuseOperator(c)
	case c.Op == filter.Is:
		m.field(w, w.table, c.Field)
		w.write(isWords(c.Value))
	case c.Op == filter.In:
		w.in(c.List, func() { m.field(w, w.table, c.Field) }, func(v string) { m.operand(w, c.Field, v) })
	case c.Op == filter.IsDistinct:
		w.write("NOT ")
		m.field(w, w.table, c.Field)
		w.write(" <=> ")
		m.operand(w, c.Field, c.Value)
	case c.Op == filter.Like:
		m.like(w, c, "")
	case c.Op == filter.ILike:
		m.like(w, c, "LOWER")
	case c.Op == filter.Match:
		m.match(w, c, "utf8mb4_bin")
	case c.Op == filter.IMatch:
		m.match(w, c, "utf8mb4_general_ci")
	case op == "":
		w.refuseOperator(c)
	default:
		m.field(w, w.table, c.Field)
		w.write(" ", op, " ")
		m.operand(w, c.Field, c.Value)
	}
}

// like compares with a pattern, byte by byte, as it is or both in lower case.
func (m mysqlFilters) like(w *selector, c filter.Condition, function string) {
	w.write(function, "(CONVERT(")
	m.field(w, w.table, c.Field)
	w.write(" USING utf8mb4)) LIKE ", function, "(CONVERT(")
	w.value(pipeEscaped(c.Value))
	w.write(" USING utf8mb4)) COLLATE utf8mb4_bin ESCAPE '|'")
}

// match compares with a regular expression; the collation says whether case counts.
func (m mysqlFilters) match(w *selector, c filter.Condition, collation string) {
	w.write("CONVERT(")
	m.field(w, w.table, c.Field)
	w.write(" USING utf8mb4) REGEXP CONVERT(")
	w.value(c.Value)
	w.write(" USING utf8mb4) COLLATE ", collation)
}

// pipeEscaped returns a pattern with | for the backslash, which strings of a statement have to
// double in some modes of the server.
func pipeEscaped(like string) string {
	var b strings.Builder
	for i := 0; i < len(like); i++ {
		switch c := like[i]; {
		case c == '|':
			b.WriteString("||")
		case c == '\\' && i+1 < len(like):
			i++
			b.WriteString("|" + like[i:i+1])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// mysqlKeywords are the reserved words of MariaDB 10.11 and MySQL 8.0 to 9.x, and the built-in
// functions that their grammar knows by name (count, now, trim): CALL count() is a syntax error.
const mysqlKeywords = "" +
	" accessible add adddate all alter analyze and as asc asensitive before between bigint binary" +
	" bit_and bit_or bit_xor blob both by call cascade case cast change char character check" +
	" collate column condition constraint continue convert count create cross cube cume_dist" +
	" curdate current_date current_role current_time current_timestamp current_user cursor curtime" +
	" database databases date_add date_sub day_hour day_microsecond day_minute day_second dec" +
	" decimal declare default delayed delete delete_domain_id dense_rank desc describe" +
	" deterministic distinct distinctrow div do_domain_ids double drop dual each else elseif empty" +
	" enclosed escaped except exists exit explain extract false fetch first_value float float4" +
	" float8 for force foreign from fulltext function generated get grant group group_concat" +
	" grouping groups having high_priority hour_microsecond hour_minute hour_second if ignore" +
	" ignore_domain_ids in index infile inner inout insensitive insert int int1 int2 int3 int4 int8" +
	" integer intersect interval into io_after_gtids io_before_gtids is iterate join json_arrayagg" +
	" json_objectagg json_table key keys kill lag last_value lateral lead leading leave left" +
	" library like limit linear lines load localtime localtimestamp lock long longblob longtext" +
	" loop low_priority manual master_bind master_demote_to_replica master_demote_to_slave" +
	" master_ssl_verify_server_cert match max maxvalue median mediumblob mediumint mediumtext mid" +
	" middleint min minute_microsecond minute_second mod modifies natural no_write_to_binlog not" +
	" now nth_value ntile null numeric of offset on optimize optimizer_costs option optionally or" +
	" order out outer outfile over page_checksum parallel parse_vcol_expr partition percent_rank" +
	" percentile_cont percentile_disc portion position precision primary procedure purge qualify" +
	" range rank read read_write reads real recursive ref_system_id references regexp release" +
	" rename repeat replace require resignal restrict return returning revoke right rlike row" +
	" row_number rows schema schemas second_microsecond select sensitive separator session_user set" +
	" show signal smallint spatial specific sql sql_big_result sql_calc_found_rows sql_small_result" +
	" sqlexception sqlstate sqlwarning ssl st_collect starting stats_auto_recalc stats_persistent" +
	" stats_sample_pages std stddev stddev_pop stddev_samp stored straight_join subdate substr" +
	" substring sum sysdate system system_user table tablesample terminated then tinyblob tinyint" +
	" tinytext to trailing trigger trim true undo union unique unlock unsigned update usage use" +
	" using utc_date utc_time utc_timestamp values var_pop var_samp varbinary varchar varcharacter" +
	" variance varying virtual when where while window with write xor year_month zerofill "
