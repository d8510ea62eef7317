package dialect

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// SQLServer is the dialect of Microsoft SQL Server.
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
	function:    selectFrom,
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
		return fmt.Errorf("identifier %q has %d characters: SQL Server allows 128; shorten it", name, n)
	}
	return nil
}

// sqlServerKeywords are the reserved words of
// https://learn.microsoft.com/sql/t-sql/language-elements/reserved-keywords-transact-sql
const sqlServerKeywords = "" +
	" add all alter and any as asc authorization backup begin between break browse bulk by cascade" +
	" case check checkpoint close clustered coalesce collate column commit compute constraint" +
	" contains containstable continue convert create cross current current_date current_time" +
	" current_timestamp current_user cursor database dbcc deallocate declare default delete deny desc" +
	" disk distinct distributed double drop dump else end errlvl escape except exec execute exists" +
	" exit external fetch file fillfactor for foreign freetext freetexttable from full function goto" +
	" grant group having holdlock identity identity_insert identitycol if in index inner insert" +
	" intersect into is join key kill left like lineno load merge national nocheck nonclustered not" +
	" null nullif of off offsets on open opendatasource openquery openrowset openxml option or order" +
	" outer over percent pivot plan precision primary print proc procedure public raiserror read" +
	" readtext reconfigure references replication restore restrict return revert revoke right" +
	" rollback rowcount rowguidcol rule save schema securityaudit select semantickeyphrasetable" +
	" semanticsimilaritydetailstable semanticsimilaritytable session_user set setuser shutdown some" +
	" statistics system_user table tablesample textsize then to top tran transaction trigger truncate" +
	" try_convert tsequal union unique unpivot update updatetext use user values varying view waitfor" +
	" when where while with within writetext "
