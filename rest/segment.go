package rest

import "github.com/moresql/moresql/internal/routine"

// Segment returns the name of a routine or relation as the segment of a path, as Routines and
// Tables serve it: escaped, and the dots of . and .. too, which clients and servers take for a step
// within the path otherwise.
func Segment(name string) string { return routine.Segment(name) }
