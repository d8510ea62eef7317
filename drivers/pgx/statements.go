package pgx

import (
	"container/list"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

// maxStatements limits the statements of one connection. Filters and optional parameters multiply
// their texts.
const maxStatements = 256

// A statement is a text that has been described and, where the connection keeps statements, is
// prepared under the name of its description.
type statement struct {
	text string
	*pgconn.StatementDescription
	formats []int16 // of its result
	columns columns
}

// named reports whether the statement is prepared on the server.
func (s *statement) named() bool { return s.Name != "" }

// statements are those of one connection, by their texts. moresql gives each role a text of its
// own: PostgreSQL checks the right to EXECUTE an inlined function only when it plans.
type statements struct {
	keeps  bool // they stay prepared
	byText map[string]*list.Element
	recent list.List // of *statement, the most recently used first
	named  int       // how many names have been given

	// dropped are the names of statements that are to be closed, with the next pipeline. Before a
	// statement is made there is one, so that the server has hardly more than maxStatements.
	dropped []string
}

// find returns the statement with the given text and marks it as used, or returns nil.
func (s *statements) find(text string) *statement {
	entry := s.byText[text]
	if entry == nil {
		return nil
	}
	s.recent.MoveToFront(entry)
	return entry.Value.(*statement)
}

// name returns a name for a new statement, "" where none is kept.
func (s *statements) name() string {
	if !s.keeps {
		return ""
	}
	s.named++
	return "moresql_" + strconv.Itoa(s.named)
}

// add adds a statement that has been described, in place of the least recently used one.
func (s *statements) add(
	name, text string, described *pgconn.StatementDescription,
) *statement {
	if s.recent.Len() == maxStatements {
		s.drop(s.recent.Back().Value.(*statement))
	}
	if s.byText == nil {
		s.byText = map[string]*list.Element{}
	}
	if old := s.byText[text]; old != nil { // it was sent twice together
		s.drop(old.Value.(*statement))
	}
	described.Name = name
	made := &statement{
		text: text, StatementDescription: described, formats: formatsOf(described.Fields),
		columns: columns{fields: described.Fields},
	}
	for i, format := range made.formats {
		described.Fields[i].Format = format
	}
	if text == begin || text == beginReadOnly || text == rollback {
		// With a column, pgx does not have it described anew at each use.
		described.Fields = make([]pgconn.FieldDescription, 1)
	}
	s.byText[text] = s.recent.PushFront(made)
	return made
}

// drop has a statement described anew for its next use. Dropping it again does nothing.
func (s *statements) drop(old *statement) {
	entry := s.byText[old.text]
	if entry == nil || entry.Value != old {
		return
	}
	delete(s.byText, old.text)
	s.recent.Remove(entry)
	if old.named() {
		s.dropped = append(s.dropped, old.Name)
	}
}

// dropAll drops all statements.
func (s *statements) dropAll() {
	for s.recent.Len() > 0 {
		s.drop(s.recent.Back().Value.(*statement))
	}
}

// failed drops a statement that has failed, unless the error shows that the statement itself is
// good: only one that the server still has, with the types that it was described with, can run so
// far as to fail with an error of these classes (PL/pgSQL and RAISE, constraints, conflicts).
// Where one is no longer prepared none is, as after DISCARD ALL.
func (s *statements) failed(statement *statement, err error) {
	var e *pgconn.PgError
	switch {
	case !errors.As(err, &e) || len(e.Code) != 5:
		s.drop(statement)
	case e.Code == undefinedStatement:
		s.dropAll()
	case e.Code[:2] != "P0" && e.Code[:2] != "23" && e.Code[:2] != "40":
		s.drop(statement)
	}
}

// SQLSTATEs of statements that are prepared no longer, or for another result (PostgreSQL manual,
// appendix A).
const (
	undefinedStatement  = "26000"
	featureNotSupported = "0A000"
)

// isStale reports whether an error says that a statement which was kept no longer holds, and that
// nothing of it has run: the server has lost it, or its result has changed. Code that a statement
// calls may fail with the same codes, but not at these places of the server with no context.
func isStale(err error) bool {
	if err == nil {
		return false
	}
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Where != "" {
		return false
	}
	return e.Code == undefinedStatement && e.Routine == "FetchPreparedStatement" ||
		e.Code == featureNotSupported && e.Routine == "RevalidateCachedQuery"
}
