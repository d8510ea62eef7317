package rest

import (
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/row"
)

// withColumns returns the shape of a result that has one column, and of which a request has
// selected more: the rows become objects.
func withColumns(s row.Shape) row.Shape {
	switch s {
	case row.Scalar:
		return row.One
	case row.Scalars:
		return row.List
	}
	return s
}

// withoutColumns returns the shape of rows that are objects, each in the only column of a result.
func withoutColumns(s row.Shape) row.Shape {
	switch s {
	case row.One, row.Maybe:
		return row.Scalar
	case row.List:
		return row.Scalars
	}
	return s
}

// isSingle reports whether a response of this shape has one row at most in any case.
func isSingle(s row.Shape) bool { return s == row.One || s == row.Scalar || s == row.Maybe }

// resultColumns returns what a selected result calls its columns.
func resultColumns(s dialect.Selected) []row.Column {
	if s.Names == nil {
		return nil
	}
	list := make([]row.Column, len(s.Names))
	for i, name := range s.Names {
		list[i].Name = name
	}
	for _, i := range s.JSON {
		list[i].Kind = row.JSON
	}
	return list
}
