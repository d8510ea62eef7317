package importer

import (
	"fmt"
	"io"
	"strings"
)

// Print writes what has been done, for people.
func (r *Result) Print(w io.Writer) {
	if r.Done != "" {
		fmt.Fprintf(w, "Nothing to do: all of the file was imported into %s on %s. "+
			"-again imports it once more.\n", r.Target, r.Done)
		return
	}
	switch {
	case r.Resumed > 0:
		fmt.Fprintf(w, "Went on after line %s, up to which the file had been imported.\n",
			Thousands(r.Resumed))
	case r.DryRun:
		fmt.Fprintln(w, "Nothing is changed: this is a dry run, which would have done this.")
	}
	line := func(n int64, what string) {
		if n > 0 {
			fmt.Fprintf(w, "%14s  %s\n", Thousands(n), what)
		}
	}
	line(r.Read, "rows read")
	switch {
	case r.Call:
		fmt.Fprintf(w, "%14s  calls of %s\n", Thousands(r.New), r.Target)
	default:
		fmt.Fprintf(w, "%14s  new in %s\n", Thousands(r.New), r.Target)
	}
	if r.Keyed {
		changed := "there already with other values, left as they are"
		if r.Policy == Update {
			changed = "changed"
		}
		fmt.Fprintf(w, "%14s  %s\n%14s  identical\n%14s  repeat the key of another row of the input\n",
			Thousands(r.Changed), changed, Thousands(r.Identical), Thousands(r.Again))
	}
	line(r.LeftOut, "left out by the table: a trigger, a rule, a policy or a conflict clause decides")
	line(r.Replaced, "removed for rows of the input, by a conflict clause of the table (REPLACE)")
	line(r.Refused, "rejected")
	for _, d := range r.Differences {
		fmt.Fprintf(w, "line %s\n", d)
	}
	if rest := r.Changed - int64(len(r.Differences)); rest > 0 && len(r.Differences) > 0 {
		fmt.Fprintf(w, "and %s more that differ\n", Thousands(rest))
	}
}

// Thousands writes a number in groups of three digits.
func Thousands(n int64) string {
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}
