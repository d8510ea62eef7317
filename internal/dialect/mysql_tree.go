package dialect

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
)

var _ jsonWriter = mysqlFilters{}

// tree lifts the limit of an array in JSON for the statement: MariaDB cuts a longer one off in the
// midst of a value. MySQL has no such limit, and takes what lifts it for a comment.
func (m mysqlFilters) tree(w *selector, meta Meta) {
	body := w.capture(func() { w.jsonTree(m, meta) })
	if strings.Contains(body, mysqlArray) {
		w.write("/*M!100100 SET STATEMENT group_concat_max_len = 4294967295 FOR */ ")
	}
	w.write(body)
}

const mysqlArray = "JSON_ARRAYAGG("

func (m mysqlFilters) embedded(w *selector, e *filter.Embed) { w.jsonEmbedded(m, e) }

func (m mysqlFilters) spread(w *selector, e *filter.Embed) []treeColumn {
	return w.jsonSpread(m, e)
}

func (mysqlFilters) grouped(_ *selector, c *treeColumn) { c.aggregated() }

func (mysqlFilters) object() string { return "JSON_OBJECT" }

func (mysqlFilters) maxColumns() int { return 4096 } // more than a table has

// whole is about max_allowed_packet, which no statement can change: an object that is longer is
// NULL. So is one with an array that has been cut off at that length.
func (mysqlFilters) whole(w *selector, object string) string {
	return w.capture(func() {
		w.write("coalesce(", object, ", JSON_EXTRACT(")
		w.value(strconv.Quote(w.markCut()))
		w.write(", '$'))")
	})
}

// sent finds an array that has been cut off, which is longer by its brackets: CONCAT makes it NULL.
func (mysqlFilters) sent(w *selector, text string) string {
	return w.capture(func() {
		w.write("NULLIF(coalesce(CONCAT(coalesce(", text, ", 'null'), ''), ")
		w.value(w.markCut())
		w.write("), 'null')")
	})
}

// viaSubquery is about BOOLEAN: the result of a subquery has another length, by which it is told.
func (mysqlFilters) viaSubquery(c treeColumn) bool { return isMySQLBoolean(c.typ) }

// isMySQLBoolean reports whether a type is the one that BOOLEAN stands for.
func isMySQLBoolean(t *catalog.Type) bool {
	return t != nil && strings.HasPrefix(strings.ToLower(t.SQL), "tinyint(1)")
}

func (mysqlFilters) isJSON(t *catalog.Type) bool { return t != nil && t.Name == "json" }

// array has order and limit within the aggregate, as MariaDB alone has it: a subquery in FROM
// cannot see the row that it is embedded in.
func (m mysqlFilters) array(w *selector, of treeColumn) {
	if w.groups != nil {
		w.fail(&filter.Error{
			Param: w.node.Embed.Param, Pos: w.node.Embed.Pos, NotYet: true,
			Message: "aggregates of embedded rows are not supported by " + w.d.Name,
		})
	}
	count := "count(*)"
	if w.q.Offset != nil {
		count += " - " + w.capture(func() { w.value(*w.q.Offset) })
	}
	list := w.capture(func() {
		w.write("coalesce(", mysqlArray, m.inJSON(w, of))
		if own := w.node.Query; own.Limit != nil || own.Offset != nil || !w.isBounded {
			w.page(w.table)
		} else { // MySQL has no limit there
			w.order(w.table)
			w.write(" /*M!100500 LIMIT ", strconv.FormatInt(*w.q.Limit, 10), " */")
		}
		w.write("), JSON_EXTRACT('[]', '$'))")
	})
	w.write("(SELECT ")
	w.orMark(count, "", "JSON_EXTRACT(", strconv.Quote(w.mark), ", '$')", list)
	w.rows()
	w.write(")")
}

func (m mysqlFilters) scalar(w *selector, table string, item filter.Item) treeColumn {
	f := item.Field
	c := treeColumn{
		name: item.Name(), aggregate: item.Aggregate, cast: item.AggregateCast, item: item,
	}
	if f.Column == "" { // count()
		c.text = "1"
		return c
	}
	c.text = w.capture(func() { m.field(w, table, f) })
	if f.Path == nil {
		c.typ, _ = w.column(table, f)
	} else {
		c.isJSON = !isText(f.Path)
	}
	if item.Cast != "" {
		m.castTo(w, item.Cast, f, &c)
	}
	return c
}

// mysqlCasts are the types that values can be cast to, by their names in requests: those of other
// databases, too, as far as MySQL has what they mean.
var mysqlCasts = map[string]string{
	"signed": "SIGNED", "integer": "SIGNED", "int": "SIGNED", "int8": "SIGNED", "int4": "SIGNED",
	"int2": "SIGNED", "bigint": "SIGNED", "smallint": "SIGNED", "unsigned": "UNSIGNED",
	"double": "DOUBLE", "double precision": "DOUBLE", "float8": "DOUBLE", "float": "DOUBLE",
	"real": "DOUBLE", "decimal": "DECIMAL(65,30)", "numeric": "DECIMAL(65,30)",
	"char": "CHAR", "text": "CHAR", "varchar": "CHAR", "character varying": "CHAR",
	"date": "DATE", "time": "TIME(6)", "datetime": "DATETIME(6)", "timestamp": "DATETIME(6)",
	"binary": "BINARY", "blob": "BINARY", "bytea": "BINARY",
}

// castTo converts a value to a type that the request names. A large number without a sign would be
// a negative one with it.
func (mysqlFilters) castTo(w *selector, name string, f filter.Field, c *treeColumn) {
	isUnsigned := c.typ != nil && strings.Contains(strings.ToLower(c.typ.Name+c.typ.SQL), "unsigned")
	if isUnsigned && mysqlCasts[strings.ToLower(name)] == "SIGNED" {
		name = "unsigned"
	}
	c.castBy(w, mysqlCasts, name, f)
}

// inJSON returns a value as a response shows it outside of what is embedded.
func (m mysqlFilters) inJSON(_ *selector, c treeColumn) string {
	if c.isJSON || c.typ == nil {
		return c.text
	}
	name, sql := strings.ToLower(c.typ.Name), strings.ToLower(c.typ.SQL)
	switch {
	case name == "json":
		return "JSON_EXTRACT(" + c.text + ", '$')"
	case isMySQLBoolean(c.typ):
		return "JSON_EXTRACT(CASE " + c.text + " WHEN 0 THEN 'false' WHEN 1 THEN 'true' ELSE " +
			c.text + " END, '$')"
	case isMySQLBinary(name):
		return mysqlBytes("HEX(" + c.text + ")")
	case name == "bit":
		digits := (mysqlLength(sql) + 7) / 8 * 2
		return mysqlBytes(fmt.Sprintf("LPAD(HEX(%s + 0), %d, '0')", c.text, digits))
	case hasMySQLTimes(name) && mysqlLength(sql) > 0: // without zeros at the end of the fraction
		return "TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM DATE_FORMAT(" + c.text +
			", '%Y-%m-%dT%H:%i:%s.%f')))"
	case hasMySQLTimes(name):
		return "DATE_FORMAT(" + c.text + ", '%Y-%m-%dT%H:%i:%s')"
	case name == "year", strings.Contains(sql, "zerofill"): // JSON has no zeros at the beginning
		return "(" + c.text + " + 0)"
	}
	return c.text
}

// mysqlBytes returns hexadecimal digits as responses show bytes. The backslash has no literal that
// all modes of the server read alike.
func mysqlBytes(hex string) string {
	return "CONCAT(CHAR(92 USING utf8mb4), 'x', LOWER(" + hex + "))"
}

// mysqlLength returns the length of a type: 12 of bit(12), 0 if there is none.
func mysqlLength(sql string) int {
	_, after, _ := strings.Cut(sql, "(")
	length, _, _ := strings.Cut(after, ")")
	n, _ := strconv.Atoi(length)
	return n
}
