// Package filtertest has parameters of an attacker who wants to change a statement.
package filtertest

import (
	"iter"
	"strings"

	"github.com/moresql/moresql/internal/filter"
)

// Hostile yields parameters with hostile texts in every place of the grammar, one at a time. They
// filter a result with the columns id, name, data, doc, photo, tags, words, born and unknown, and
// try to drop a table victims. Many are not valid in the grammar at all.
func Hostile() iter.Seq[filter.Pair] {
	return func(yield func(filter.Pair) bool) {
		for _, place := range places {
			for _, text := range Texts() {
				pair := filter.Pair{
					Name:  strings.ReplaceAll(place[0], "§", text),
					Value: strings.ReplaceAll(place[1], "§", text),
				}
				if !yield(pair) {
					return
				}
			}
		}
	}
}

// places are names and values of parameters, with § in place of the text.
var places = [][2]string{
	{"select", "id,§"},
	{"select", `"§":id`},
	{"select", "§:id"},
	{"select", "data->§"},
	{"select", `doc->"§"->>0`},
	{"select", `"§"`},
	{"select", "id::§"},
	{"select", "§(id)"},
	{"select", "§:victims(§)"},
	{"select", `victims(id,"§":name,§)`},
	{"select", "victims!§(id)"},
	{"select", "...victims(§:id)"},
	{"order", "victims(§)"},
	{"order", "§(id).desc"},
	{"victims.§", "eq.1"},
	{"victims.name", "eq.§"},
	{"order", "§"},
	{"order", `data->>"§".desc`},
	{"order", "id.§"},
	{"limit", "§"},
	{"offset", "§"},
	{"§", "eq.1"},
	{`"§"`, "eq.1"},
	{`data->>"§"`, "eq.1"},
	{"doc->§", "eq.1"},
	{"id", "§"},
	{"id", "eq.§"},
	{"name", "neq.§"},
	{"photo", "eq.§"},
	{"photo", "in.(§)"},
	{"unknown", "gt.§"},
	{"name", "like.§"},
	{"name", "ilike.§"},
	{"name", "match.§"},
	{"name", "imatch.§"},
	{"name", "isdistinct.§"},
	{"name", "is.§"},
	{"name", "not.in.(a,§)"},
	{"name", `in.("§")`},
	{"doc", `in.(1,"§")`},
	{"tags", "cs.{§}"},
	{"tags", `in.("§",b)`},
	{"name", "eq(any).{§}"},
	{"name", "eq(§).{1}"},
	{"words", "fts.§"},
	{"name", "fts(§).x"},
	{"data->x", "wfts(a).§"},
	{"words", "gt.§"},
	{"born", "lt.§"},
	{"or", "(name.eq.§,id.eq.1)"},
	{"or", `(name.eq."§",data->"§".is.null)`},
	{"and", `(or(name.in.("§",b)),not.and(id.gt.§))`},
	{"or", "§"},
}

// Texts returns texts that mean something to SQL, to one of its lexers, or to nothing at all.
func Texts() []string {
	return []string{
		"1", "true", "null", "'", "''", `"`, `""`, "`", "``", ";", "--", "-- ", "/*", "*/", "#",
		`\`, `\'`, `\"`, `\\`, "$1", "$$", "$q$", "?", "?1", "@p1", ":a", "%", "%s", "%27",
		"' OR '1'='1", `" OR "1"="1`, "1 OR 1=1",
		"1); DROP TABLE victims; --", "'); DROP TABLE victims; --",
		`"); DROP TABLE victims; --`, "`; DROP TABLE victims; #",
		"1/**/OR/**/1=1", "1 UNION SELECT 1", "pg_sleep(10)", "SLEEP(10)",
		"E'\\''", "U&'\\0027'", "0x27", "x'27'", "\\x27",
		"{", "}", "{}", `{"`, "(", ")", "()", "[", "]",
		"a,b", "a.b", "a->b", "a->>b", "a::text", "a(b)",
		"\u2019; DROP TABLE victims", "\u02bc; DROP TABLE victims", "\uff07; DROP TABLE victims",
		"\uff02", "\uff1b", "\u201c", "\u0000", "\r\n", "\n--\n", "\t", "\v",
		"\u00a0", "\u2028", "\ufeff", "\u202e", "\xbf\x27", "\xff", "é", "𝒳",
		"$.a", "$", "[0]", "#-1", "last", "|", "_", "*", "NaN", "1e999", "9223372036854775808",
		strings.Repeat("x", 100_000), strings.Repeat("x", 8000), strings.Repeat("'", 1000),
	}
}
