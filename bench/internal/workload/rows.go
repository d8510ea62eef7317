package workload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/exact"
	"github.com/moresql/moresql/bench/internal/measure"
	"github.com/moresql/moresql/bench/internal/report"
)

// pageRows is the number of rows of a page.
const pageRows = 1000

// pages gets lists of three columns: pages of them under load, and a large one.
func pages(ctx context.Context, b *Bench) (tables []*report.Table, err error) {
	if err := b.loadServed(ctx); err != nil {
		return nil, err
	}
	t := &report.Table{
		Workload: Pages, Title: fmt.Sprintf("%d rows of three columns", pageRows),
		Unit: report.PerSecond, Variant: "clients", Base: contender.Buffered + ", of its driver",
		About: "Requests a second through loopback, each contender on its own server.",
	}
	request := func(rows int) (target, body string) { return fmt.Sprintf("/rpc/many?n=%d", rows), "" }
	questions, err := newQuestions(ctx, b.Pools.PQ, dataset.GetMany, request, []int{pageRows})
	if err != nil {
		return nil, err
	}
	served, err := b.serve(ctx, t, contender.Pages(dataset.GetMany), true, same(questions))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeAll(served)) }()
	if err := underLoad(ctx, b, t, served, clients); err != nil {
		return nil, err
	}
	againstDriver(t, contender.ID{Name: contender.Buffered, JSON: contender.Std})
	var others []*endpoint
	for _, e := range served {
		if e.other {
			others = append(others, e)
		}
	}
	large, err := b.largeList(ctx, others)
	return append([]*report.Table{t}, large...), err
}

// largeList measures one response at a time of servers that have processes of their own.
func (b *Bench) largeList(ctx context.Context, others []*endpoint) ([]*report.Table, error) {
	rows := b.Scale.LargeList
	title := fmt.Sprintf("%d rows of three columns", rows)
	times := &report.Table{
		Workload: Pages, Title: title + ", time", Unit: report.Seconds,
		About: "The time from the request to the last byte, which the client drops.",
	}
	peaks := &report.Table{
		Workload: Pages, Title: title + ", peak memory", Unit: report.Bytes,
		About: "The peak resident memory (`VmHWM`) of the server from the request to the last byte, " +
			"after the load above.",
	}
	want, err := wanted(ctx, b.Pools.PQ, dataset.GetMany, rows)
	if err != nil {
		return nil, err
	}
	target := fmt.Sprintf("/rpc/many?n=%d", rows)
	used := make([]measure.Sample, len(others))
	subjects := make([]measure.Subject, len(others))
	for i, e := range others {
		pid, err := e.at.Process()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name, err)
		}
		b.Log("%s: comparing %v, %d rows", Pages, e.ID, rows)
		err = get(ctx, e.at.URL(target), func(body io.Reader) error {
			difference, err := exact.Rows(body, want, rows)
			if err == nil && difference != nil {
				err = errors.New(difference.String())
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name, err)
		}
		subjects[i] = measure.Subject{
			Name: e.String(),
			Measure: func(ctx context.Context) (float64, error) {
				if err := measure.ResetPeak(pid); err != nil {
					return 0, err
				}
				start := time.Now()
				if err := get(ctx, e.at.URL(target), drain); err != nil {
					return 0, err
				}
				took := time.Since(start)
				peak, err := measure.Peak(pid)
				used[i] = append(used[i], peak)
				return took.Seconds(), err
			},
		}
	}
	samples, err := b.interleave(ctx, fmt.Sprintf("%s, %d rows", Pages, rows), b.Rounds, subjects)
	if err != nil {
		return nil, err
	}
	for i, e := range others {
		time := report.NewFigure(e.ID, 0, samples[i])
		peak := report.NewFigure(e.ID, 0, used[i][1:]) // without the warm-up
		time.Compared, peak.Compared = true, true
		time.Peer, peak.Peer = e.peer, e.peer
		times.Figures, peaks.Figures = append(times.Figures, time), append(peaks.Figures, peak)
	}
	return []*report.Table{times, peaks}, nil
}

// get lets read have the body of a response of status 200.
func get(ctx context.Context, url string, read func(io.Reader) error) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return read(response.Body)
}

func drain(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
