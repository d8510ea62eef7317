// Package report is what was measured, and how it is written for people and for programs.
package report

import (
	"encoding/json"
	"io"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/measure"
)

// A Report is all that one run of the command measured.
type Report struct {
	Environment Environment `json:"environment"`
	Tables      []*Table    `json:"tables"`
	Targets     []Target    `json:"targets"`
}

// A Unit is what figures are in.
type Unit string

// The units of the figures, which are stored in seconds, bytes and plain numbers.
const (
	Seconds   Unit = "s"
	PerSecond Unit = "requests/s"
	Bytes     Unit = "bytes"
	Count     Unit = "allocations"
)

// A Table has the figures of one workload.
type Table struct {
	Workload string `json:"workload"`
	Title    string `json:"title"`
	About    string `json:"about,omitempty"`
	Unit     Unit   `json:"unit"`

	// Variant is what the variants of the figures are, and Base what their ratios are to: "" where there is none.
	Variant string `json:"variant,omitempty"`
	Base    string `json:"base,omitempty"`

	Figures []*Figure `json:"figures"`
}

// A Figure is what one contender came to.
type Figure struct {
	contender.ID
	Variant int            `json:"variant,omitempty"` // the number of rows or clients
	Rounds  measure.Sample `json:"rounds"`
	Median  float64        `json:"median"`
	Least   float64        `json:"least"`
	Most    float64        `json:"most"`
	Ratio   *measure.Ratio `json:"ratio,omitempty"` // to the table's base

	// Output is how many bytes were written a round, where that makes a speed.
	Output int64 `json:"output,omitempty"`

	// Compared says that the output was held against to_json's, and Difference what was not the same.
	Compared   bool   `json:"compared"`
	Difference string `json:"difference,omitempty"`
}

// NewFigure returns the figure of the rounds of one contender.
func NewFigure(id contender.ID, variant int, rounds measure.Sample) *Figure {
	f := &Figure{ID: id, Variant: variant, Rounds: rounds, Median: rounds.Median()}
	f.Least, f.Most = rounds.Spread()
	return f
}

// Against sets the ratio to another figure's.
func (f *Figure) Against(base *Figure) {
	ratio := f.Rounds.Over(base.Rounds)
	f.Ratio = &ratio
}

// Find returns the figure of a contender, or nil.
func (t *Table) Find(id contender.ID, variant int) *Figure {
	for _, f := range t.Figures {
		if f.ID == id && f.Variant == variant {
			return f
		}
	}
	return nil
}

// Find returns a table by its workload and unit, or nil.
func (r *Report) Find(workload string, unit Unit) *Table {
	for _, t := range r.Tables {
		if t.Workload == workload && t.Unit == unit {
			return t
		}
	}
	return nil
}

// A Target is a limit and what was measured for it.
type Target struct {
	Name     string         `json:"name"`
	Limit    string         `json:"limit"`
	Measured float64        `json:"measured"`
	Ratio    *measure.Ratio `json:"ratio,omitempty"` // where Measured is one of medians
	Met      bool           `json:"met"`
}

// JSON writes the raw figures.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "\t")
	return e.Encode(r)
}
