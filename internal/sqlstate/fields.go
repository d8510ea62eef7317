package sqlstate

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Fields returns the columns that an error of a database is about, as far as they are among names:
// the fields of a request that has been refused. An author may name any field, by RAISE … USING
// COLUMN.
//
// PostgreSQL names a column or a constraint in a field of the error, and the columns of a key in
// the detail, in all languages as "(a, b)=(1, 2)". Others name them in the message.
func Fields(err error, names []string) []string {
	if fields := coderFields(err); fields.IsValid() {
		return postgresColumns(fields, Of(err), names)
	}
	var is func(name string) bool
	if fields := mySQLFields(err); fields.IsValid() {
		is = mySQLColumn(number(fields, "Number"), text(fields, "Message"))
	} else {
		is = sqliteColumn(ofSQLite(err))
	}
	if is == nil {
		return nil
	}
	return among(names, is)
}

// Placeholder returns the number of the placeholder whose value PostgreSQL could not read, from 1,
// or 0. It stands in the context before the value.
func Placeholder(err error) int {
	if !Bound(err) {
		return 0
	}
	_, rest, _ := strings.Cut(where(err), "$")
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	n, _ := strconv.Atoi(rest[:end])
	return n
}

// among returns the names that are meant.
func among(names []string, is func(name string) bool) (list []string) {
	for _, name := range names {
		if name != "" && !slices.Contains(list, name) && is(name) {
			list = append(list, name)
		}
	}
	return list
}

// postgresColumns reads the fields of lib/pq and of pgx, whose names differ.
func postgresColumns(fields reflect.Value, d Details, names []string) []string {
	either := func(name string) string { return text(fields, name) + text(fields, name+"Name") }
	column, constraint, table := either("Column"), either("Constraint"), either("Table")
	switch {
	case column != "" && d.Raised:
		return []string{column}
	case column != "":
		return among(names, func(name string) bool { return name == column })
	case constraint == "":
		return nil
	}
	if before, _, ok := strings.Cut(d.Detail, ")=("); ok {
		if _, key, ok := strings.Cut(before, "("); ok {
			words := wordsOf(key)
			return among(names, func(name string) bool { return slices.Contains(words, name) })
		}
	}
	// The names that PostgreSQL gives (its source, ChooseConstraintName), and those of authors who
	// name a constraint as its column.
	constraint = strings.TrimRight(constraint, "0123456789")
	return among(names, func(name string) bool {
		own, _ := strings.CutPrefix(constraint, table+"_"+name+"_")
		return constraint == name || slices.Contains([]string{"check", "key", "fkey", "excl"}, own)
	})
}

// mySQLColumn returns a function that reports whether a message of MySQL or MariaDB is about a
// column, nil if it is about none. Their numbers are in the manual's list of errors.
func mySQLColumn(number int, message string) func(name string) bool {
	quoted := quotedIn(message)
	if len(quoted) == 0 {
		return nil
	}
	last := quoted[len(quoted)-1]
	switch number {
	case 1048, 1364: // no NULL, no default
		return func(name string) bool { return name == quoted[0] }
	case 1062: // a key, which is called as its first column unless it has a name; MySQL: table.key
		return func(name string) bool { return name == last || strings.HasSuffix(last, "."+name) }
	case 1264, 1265, 1292, 1366, 1406: // the value is too large, cut, no time, no number, too long
		return func(name string) bool { return name == last }
	case 1452: // FOREIGN KEY (`a`, `b`) REFERENCES …
		_, key, _ := strings.Cut(message, "FOREIGN KEY (")
		key, _, _ = strings.Cut(key, ") REFERENCES")
		columns := quotedIn(key)
		return func(name string) bool { return slices.Contains(columns, name) }
	case 4025, 3819: // a CHECK; MariaDB calls that of a column table.column
		check := quoted[0]
		return func(name string) bool { return name == check || strings.HasSuffix(check, "."+name) }
	}
	return nil
}

// sqliteColumn does the same for SQLite, whose messages end with a list of table.column, or with
// the name or the text of a CHECK.
func sqliteColumn(d Details) func(name string) bool {
	what, about, _ := strings.Cut(d.Message, " failed: ")
	switch {
	case d.Code == "23505" || d.Code == "23502":
		columns := strings.Split(about, ", ")
		return func(name string) bool {
			return slices.ContainsFunc(columns, func(c string) bool {
				return strings.HasSuffix(c, "."+name)
			})
		}
	case d.Code == "23514":
		words := wordsOf(about)
		return func(name string) bool { return slices.Contains(words, name) }
	case d.Code == "22000" && strings.HasPrefix(what, "cannot store "): // in a STRICT table
		return func(name string) bool { return strings.HasSuffix(what, "."+name) }
	}
	return nil
}

// wordsOf returns the identifiers of an expression in SQL, and what may be some in quotes.
func wordsOf(expression string) []string {
	words := strings.FieldsFunc(expression, func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	for i, part := range strings.Split(expression, `"`) {
		if i%2 == 1 {
			words = append(words, part)
		}
	}
	return words
}

// quotedIn returns what a message of MySQL or MariaDB has in quotes or backticks.
func quotedIn(message string) (list []string) {
	for {
		i := strings.IndexAny(message, "'`")
		if i < 0 {
			return list
		}
		text, rest, ok := strings.Cut(message[i+1:], message[i:i+1])
		if !ok {
			return list
		}
		list, message = append(list, text), rest
	}
}
