// Package workload holds the workloads. Each loads its data, checks every contender against the
// database, and then measures them alternating.
package workload

import (
	"context"
	"time"

	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/peer"
	"github.com/moresql/moresql/bench/internal/report"
)

// The names of the workloads.
const (
	Mixed       = "W1"
	Narrow      = "W2"
	Texts       = "W3"
	Lookup      = "W4"
	Offer       = "W5"
	Memory      = "W6"
	Calls       = "W7"
	Sessions    = "W8"
	Pages       = "W9"
	Tables      = "W10"
	Batches     = "W11"
	FirstByte   = "first-byte"
	Allocations = "allocations"
	Encoders    = "encoders"
)

// The names of the tables of W8.
const (
	ReadingSessions = "W8 GET"
	WritingSessions = "W8 POST"
)

// A Workload is a named measurement.
type Workload struct {
	Name string
	Run  func(context.Context, *Bench) ([]*report.Table, error)
}

// All returns the workloads in the order in which they run.
func All() []Workload {
	return []Workload{
		bulk(Mixed, "rows of twelve mixed columns", dataset.MixedTable, dataset.GetMixed,
			func(s Scale) int { return s.Mixed }, database.PQ, database.PGX),
		{FirstByte, firstByte},
		{Allocations, allocations},
		bulk(Narrow, "rows of three narrow columns", dataset.NarrowTable, dataset.GetNarrow,
			func(s Scale) int { return s.Narrow }, database.PQ),
		bulk(Texts, "rows with a text of 20 KiB", dataset.TextsTable, dataset.GetTexts,
			func(s Scale) int { return s.Texts }, database.PQ),
		{Encoders, encoders},
		lookups,
		offers,
		{Memory, memory},
		{Calls, calls},
		{Sessions, sessions},
		{Pages, pages},
		{Tables, tables},
		{Batches, batches},
	}
}

// HasPeers reports whether peers take part in a workload.
func HasPeers(name string) bool { return name == Calls || name == Sessions || name == Pages }

// A Bench is what the workloads run on.
type Bench struct {
	URI    string
	Pools  *database.Pools
	Peers  []peer.Peer
	Scale  Scale
	Rounds int
	Log    func(format string, args ...any) // logs the progress
}

// A Scale is the amount of everything.
type Scale struct {
	Mixed, Narrow, Texts, Customers int // rows

	FirstByteRounds int
	Encoding        time.Duration // of each measurement of an encoder
	Slice           time.Duration // of each measurement under load
	Clients         []int
	LargeList       int // rows, at most those of Narrow
	Parents         int // rows with others embedded in each
	Inserts         int // rows of CSV
	Batch           int // calls of a batch

	MemoryRounds int
	Sizes        []int // rows, for memory
	PeerRows     int   // the largest number of rows for contenders other than moresql and the drain
}

// Full is the scale of the published figures.
func Full() Scale {
	return Scale{
		Mixed: 200_000, Narrow: 1_000_000, Texts: 2_000, Customers: 10_000,
		FirstByteRounds: 30, Encoding: 200 * time.Millisecond,
		Slice: time.Second, Clients: []int{1, 16, 128}, LargeList: 500_000,
		Parents: 10_000, Inserts: 100_000, Batch: 10_000,
		MemoryRounds: 3, Sizes: []int{1e3, 1e4, 1e5, 1e6, 1e7}, PeerRows: 1e6,
	}
}

// Short is a scale that runs within two minutes, to check that everything works. Its figures say
// less.
func Short() Scale {
	return Scale{
		Mixed: 10_000, Narrow: 50_000, Texts: 400, Customers: 10_000,
		FirstByteRounds: 40, Encoding: 50 * time.Millisecond,
		Slice: 150 * time.Millisecond, Clients: []int{16}, LargeList: 50_000,
		Parents: 500, Inserts: 5_000, Batch: 2_000,
		MemoryRounds: 1, Sizes: []int{1e3, 1e4, 1e5, 1e6}, PeerRows: 1e5,
	}
}
