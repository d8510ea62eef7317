package pq

import (
	"container/list"
	"context"
	"database/sql/driver"
	"errors"
	"slices"
)

// maxStatements limits the statements that one connection keeps. Their texts come from the program,
// but optional parameters multiply them.
const maxStatements = 256

// A preparedStmt is what a prepared statement of lib/pq implements.
type preparedStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// statements are the kept statements of one connection.
type statements struct {
	byText map[string]*list.Element
	recent *list.List // of keptStatement, the most recently used first

	// dropped statements are closed before the next one is prepared, when the connection is idle.
	// Since only a kept statement can be dropped, the server never has more than maxStatements.
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

// find returns the statement with the given text and marks it as used, or returns nil.
func (s *statements) find(text string) *list.Element {
	entry := s.byText[text]
	if entry != nil {
		s.recent.MoveToFront(entry)
	}
	return entry
}

// prepare prepares a text that is not kept yet, and keeps it. It returns nil if the statement does
// not take contexts.
func (s *statements) prepare(
	ctx context.Context, conn driver.ConnPrepareContext, text string,
) (*list.Element, error) {
	if s.recent.Len() == maxStatements {
		s.drop(s.recent.Back())
	}
	for _, stmt := range s.dropped {
		stmt.Close() // one that cannot be closed goes with its connection
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

// failed drops a statement, so that the next call prepares it anew, unless the error shows that the
// statement itself is good. entry is nil for a statement that is not kept.
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

// isOfCall reports whether an error comes from what a statement called rather than from the
// statement: only one that the server still has, with the types it was prepared for, can run so far
// as to fail with an error of these classes.
func isOfCall(err error) bool {
	var e interface{ SQLState() string }
	if !errors.As(err, &e) || len(e.SQLState()) < 2 {
		return false
	}
	// PL/pgSQL and RAISE, integrity constraints, transaction rollback.
	return slices.Contains([]string{"P0", "23", "40"}, e.SQLState()[:2])
}
