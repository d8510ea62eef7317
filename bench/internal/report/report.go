// Package report holds the results of a run, and writes them for people and for programs.
package report

import (
	"encoding/json"
	"io"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/measure"
)

// A Report holds the results of one run of the command.
type Report struct {
	Environment Environment `json:"environment"`
	Tables      []*Table    `json:"tables"`
	Targets     []Target    `json:"targets"`
}

// A Unit is the unit of the figures of a table.
type Unit string

// The units. Figures are stored in seconds, bytes and plain numbers.
const (
	Seconds   Unit = "s"
	PerSecond Unit = "requests/s"
	Bytes     Unit = "bytes"
	Count     Unit = "allocations"
)

// A Table holds the figures of one workload.
type Table struct {
	Workload string `json:"workload"`
	Title    string `json:"title"`
	About    string `json:"about,omitempty"`
	Unit     Unit   `json:"unit"`

	// Variant describes the variants of the figures, and Base what the ratios refer to. Both are ""
	// if there are none.
	Variant string `json:"variant,omitempty"`
	Base    string `json:"base,omitempty"`

	Figures []*Figure `json:"figures"`
}

// A Figure is the result of one contender.
type Figure struct {
	contender.ID
	Variant int            `json:"variant,omitempty"` // the number of rows or clients
	Rounds  measure.Sample `json:"rounds"`
	Median  float64        `json:"median"`
	Least   float64        `json:"least"`
	Most    float64        `json:"most"`
	Ratio   *measure.Ratio `json:"ratio,omitempty"` // to the table's base

	// CPU is the processor time of the client in each round, in seconds, where it is measured.
	CPU measure.Sample `json:"cpu,omitempty"`

	// Output is the number of bytes written in a round, if that makes a meaningful rate.
	Output int64 `json:"output,omitempty"`

	// Peer is set for a server that the command line names.
	Peer bool `json:"peer,omitempty"`

	// Compared is set if the output was compared with that of to_json. Difference is the first
	// difference found.
	Compared   bool   `json:"compared"`
	Difference string `json:"difference,omitempty"`
}

// NewFigure returns the figure of a contender's rounds.
func NewFigure(id contender.ID, variant int, rounds measure.Sample) *Figure {
	f := &Figure{ID: id, Variant: variant, Rounds: rounds, Median: rounds.Median()}
	f.Least, f.Most = rounds.Spread()
	return f
}

// Against sets the ratio to another figure.
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

// Find returns the table of a workload and unit, or nil.
func (r *Report) Find(workload string, unit Unit) *Table {
	for _, t := range r.Tables {
		if t.Workload == workload && t.Unit == unit {
			return t
		}
	}
	return nil
}

// A Target is a limit and the measured figure.
type Target struct {
	Name     string         `json:"name"`
	Limit    string         `json:"limit"`
	Measured float64        `json:"measured"`
	Ratio    *measure.Ratio `json:"ratio,omitempty"` // if Measured is a ratio of medians
	Met      bool           `json:"met"`
}

// JSON writes the raw figures.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "\t")
	return e.Encode(r)
}
