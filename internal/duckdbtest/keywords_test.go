package duckdbtest

import (
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/dialect"
)

// TestKeywords compares the list of words that need quotes with DuckDB's own.
func TestKeywords(t *testing.T) {
	db := open(t)
	list := textOf(t, db, "SELECT string_agg(keyword_name || ' ' || keyword_category, ',') "+
		"FROM duckdb_keywords()")
	seen := map[string]bool{}
	for line := range strings.SplitSeq(list, ",") {
		word, category, _ := strings.Cut(line, " ")
		seen[word] = seen[word] || category != "unreserved" // a word may have two
	}
	for word, reserved := range seen {
		if got := dialect.DuckDB.NeedsQuotes(word); got != reserved {
			t.Errorf("%s needs quotes: %v; DuckDB says %v", word, got, reserved)
		}
	}
}

// TestLexing compares where comments and strings end with where DuckDB says that they do.
func TestLexing(t *testing.T) {
	db := open(t)
	for _, c := range []struct{ reason, text, value string }{
		{"a return ends a comment", "SELECT 1 --x\r+1", "2"},
		{"comments nest", "SELECT /* a /* b */ c */ 1", "1"},
		{"E'…' has escapes", `SELECT E'a\'b'`, "a'b"},
		{"dollars are quotes", "SELECT $$a'$b$$", "a'$b"},
		{"dollars with a tag", "SELECT $t$a$$b$t$", "a$$b"},
	} {
		if got := textOf(t, db, "SELECT CAST(v AS VARCHAR) FROM ("+c.text+"\n) AS t(v)"); got != c.value {
			t.Errorf("%s: %s is %s", c.reason, c.text, got)
		}
	}
}
