package workload

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/exact"
	"github.com/moresql/moresql/bench/internal/measure"
	"github.com/moresql/moresql/bench/internal/report"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

// encoders measures encoding alone, from rows in memory.
func encoders(ctx context.Context, b *Bench) ([]*report.Table, error) {
	times := &report.Table{
		Workload: Encoders, Title: fmt.Sprintf("%d rows from memory to bytes", dataset.InMemoryRows),
		Unit: report.Seconds, Base: "the default encoder",
	}
	counts := &report.Table{
		Workload: Encoders, Title: "allocations a row from memory to bytes", Unit: report.Count,
	}
	all := []contender.Writer{{Name: contender.Own, Encoder: encoder.JSON()}}
	all = append(all, contender.Swapped()...)
	rows := dataset.InMemory()
	own, err := document(all[0].Encoder, rows)
	if err != nil {
		return nil, err
	}
	var want []json.RawMessage
	if err := json.Unmarshal(own, &want); err != nil {
		return nil, err
	}
	subjects := make([]measure.Subject, len(all))
	output := make([]int64, len(all))
	for i, w := range all {
		doc, err := document(w.Encoder, rows)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.Name, err)
		}
		d, err := exact.Rows(bytes.NewReader(doc), want[:100], dataset.InMemoryRows)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.Name, err)
		}
		if d != nil {
			return nil, fmt.Errorf("%s wrote %s for %s, the default encoder %s",
				w.Name, d.Got, d.Path, d.Want)
		}
		output[i] = int64(len(doc))
		encode := func() error { return w.Encoder.Encode(io.Discard, rows()) }
		n, err := mallocs(encode)
		if err != nil {
			return nil, err
		}
		id := contender.ID{Name: contender.MoreSQL, JSON: w.Name}
		perRow := measure.Sample{n / dataset.InMemoryRows}
		counts.Figures = append(counts.Figures, report.NewFigure(id, 0, perRow))
		subjects[i] = measure.Subject{Name: w.Name, Measure: func(context.Context) (float64, error) {
			return repeated(b.Scale.Encoding, encode)
		}}
	}
	samples, err := b.interleave(ctx, Encoders, b.Rounds, subjects)
	if err != nil {
		return nil, err
	}
	for i, w := range all {
		figure := report.NewFigure(contender.ID{Name: contender.MoreSQL, JSON: w.Name}, 0, samples[i])
		figure.Output = output[i]
		times.Figures = append(times.Figures, figure)
		figure.Against(times.Figures[0])
	}
	return []*report.Table{times, counts}, nil
}

// document returns the output of an encoder.
func document(e encoder.Encoder, rows func() *row.Rows) ([]byte, error) {
	var doc bytes.Buffer
	err := e.Encode(&doc, rows())
	return doc.Bytes(), err
}

// repeated runs f repeatedly for a duration and returns the seconds of one run.
func repeated(duration time.Duration, f func() error) (float64, error) {
	start := time.Now()
	for n := 1; ; n++ {
		if err := f(); err != nil {
			return 0, err
		}
		if took := time.Since(start); took >= duration {
			return took.Seconds() / float64(n), nil
		}
	}
}
