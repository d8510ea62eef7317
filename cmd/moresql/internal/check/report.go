package check

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/moresql/moresql/catalog"
)

// A Report is what has been found.
type Report struct {
	Database  string    `json:"database"` // where it is
	Schemas   []string  `json:"schemas"`
	Routines  int       `json:"routines"`
	Relations int       `json:"relations"`
	Findings  []Finding `json:"findings"`
}

var kinds = []struct {
	kind  Kind
	title string
}{
	{Served, "What cannot be served"},
	{Volatility, "Functions whose declaration does not say what they do"},
	{Rights, "Rights that are too wide"},
	{Files, "Files that are not statements"},
	{Diff, "Differences"},
}

// NewReport returns a report of the findings about the database at a place, in the order of their
// kinds, problems first.
func NewReport(database string, s *catalog.Snapshot, findings []Finding) *Report {
	isBroken := func(object string) bool {
		return slices.ContainsFunc(findings, func(f Finding) bool {
			return f.Check == Served && f.Level == Problem && f.Object == object
		})
	}
	findings = slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool {
		return f.Check == Served && f.Level == Note && isBroken(f.Object) // says why nobody may read it
	})
	order := func(f Finding) int {
		for i, k := range kinds {
			if k.kind == f.Check {
				return i
			}
		}
		return len(kinds)
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		if order(a) != order(b) {
			return order(a) - order(b)
		}
		return -strings.Compare(string(a.Level), string(b.Level))
	})
	return &Report{
		Database: database, Schemas: append([]string{}, s.Schemas()...),
		Routines: len(s.Routines()), Relations: len(s.Relations()),
		Findings: append([]Finding{}, findings...),
	}
}

// Count returns the number of findings of a level.
func (r *Report) Count(level Level) (n int) {
	for _, f := range r.Findings {
		if f.Level == level {
			n++
		}
	}
	return n
}

// Print writes the report for people.
func (r *Report) Print(w io.Writer) error {
	var b strings.Builder
	b.WriteString(visible(r.Database))
	if len(r.Schemas) > 0 {
		b.WriteString(", " + visible(strings.Join(r.Schemas, ", ")))
	}
	fmt.Fprintf(&b, ": %s, %s\n", several(r.Routines, "routine"),
		several(r.Relations, "table or view", "tables and views"))
	var last Kind
	for _, f := range r.Findings {
		if f.Check != last {
			last = f.Check
			fmt.Fprintf(&b, "\n%s\n", titleOf(f.Check))
		}
		level := ""
		if f.Level == Note {
			level = "note: "
		}
		fmt.Fprintf(&b, "  %s\n      %s%s\n", visible(f.Object), level, visible(f.Problem))
		if f.Fix != "" {
			fmt.Fprintf(&b, "      → %s\n", visible(f.Fix))
		}
	}
	problems, notes := r.Count(Problem), r.Count(Note)
	switch {
	case problems == 0 && notes == 0:
		b.WriteString("\nNothing is wrong.\n")
	case notes == 0:
		fmt.Fprintf(&b, "\n%s\n", several(problems, "problem"))
	default:
		fmt.Fprintf(&b, "\n%s, %s\n", several(problems, "problem"), several(notes, "note"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// visible replaces what would control a terminal, such as an escape in the name of a table, or
// add a line to the report.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

func titleOf(kind Kind) string {
	for _, k := range kinds {
		if k.kind == kind {
			return k.title
		}
	}
	return string(kind)
}

// several returns a number and what it counts.
func several(n int, one string, many ...string) string {
	switch {
	case n == 1:
		return "1 " + one
	case len(many) > 0:
		return fmt.Sprint(n, " ", many[0])
	}
	return fmt.Sprint(n, " ", one, "s")
}

// PrintJSON writes the report for programs, as one object.
func (r *Report) PrintJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
