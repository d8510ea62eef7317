package pq

import (
	"container/list"
	"context"
	"database/sql/driver"
	"errors"
	"slices"
)

// maxStatements limits the statements that are kept on one connection. The texts are the program's
// own, but optional parameters multiply them.
const maxStatements = 256

// A preparedStmt is what a prepared statement of lib/pq's can do.
type preparedStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// statements are those that are kept on one connection.
type statements struct {
	byText map[string]*list.Element
	recent *list.List // of keptStatement, the most recently used first

	// dropped are closed before the next one is prepared, when nothing else is under way on the
	// connection. As only what was kept is dropped, the server never has more than maxStatements.
	dropped []driver.Stmt
}

type keptStatement struct {
	text string
	preparedStmt
}

func newStatements() *statements {
	return &statements{byText: map[string]*list.Element{}, recent: list.New()}
}

func statementOf(entry *list.Element) keptStatement { return entry.Value.(keptStatement) }

// find returns the statement of a text, which counts as used, or nil.
func (s *statements) find(text string) *list.Element {
	entry := s.byText[text]
	if entry != nil {
		s.recent.MoveToFront(entry)
	}
	return entry
}

// prepare prepares a text that is not there yet and keeps it. It returns nil if the driver has no
// contexts for the statement.
func (s *statements) prepare(
	ctx context.Context, conn driver.ConnPrepareContext, text string,
) (*list.Element, error) {
	if s.recent.Len() == maxStatements {
		s.drop(s.recent.Back())
	}
	for _, stmt := range s.dropped {
		stmt.Close() // what cannot be closed goes with its connection
	}
	s.dropped = nil
	stmt, err := conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	full, ok := stmt.(preparedStmt)
	if !ok {
		s.dropped = append(s.dropped, stmt)
		return nil, nil
	}
	entry := s.recent.PushFront(keptStatement{text, full})
	s.byText[text] = entry
	return entry, nil
}

// failed has a statement prepared anew for the next call unless its error says that it was good.
// entry is nil for one that is not kept.
func (s *statements) failed(entry *list.Element, err error) {
	if entry != nil && !isOfCall(err) {
		s.drop(entry)
	}
}

// drop removes a statement, once.
func (s *statements) drop(entry *list.Element) {
	kept := statementOf(entry)
	if s.byText[kept.text] == entry {
		delete(s.byText, kept.text)
		s.recent.Remove(entry)
		s.dropped = append(s.dropped, kept.preparedStmt)
	}
}

// isOfCall reports whether an error comes from what a statement has called, and not from the
// statement: those classes can only be reached by one that the server still has, with parameters
// and a result of the types it was prepared for.
func isOfCall(err error) bool {
	var e interface{ SQLState() string }
	if !errors.As(err, &e) || len(e.SQLState()) < 2 {
		return false
	}
	// PL/pgSQL and RAISE, integrity constraints, transaction rollback.
	return slices.Contains([]string{"P0", "23", "40"}, e.SQLState()[:2])
}
