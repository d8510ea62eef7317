package workload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/exact"
	"github.com/moresql/moresql/bench/internal/measure"
	"github.com/moresql/moresql/bench/internal/report"
)

// largeList measures one response at a time of servers that have processes of their own.
func (b *Bench) largeList(ctx context.Context, others []*endpoint) ([]*report.Table, error) {
	title := fmt.Sprintf("%d rows of three columns", b.Scale.LargeList)
	times := &report.Table{
		Workload: Pages, Title: title + ", time", Unit: report.Seconds,
		About: "The time from the request to the last byte, which the client drops. The wire has no " +
			"server between PostgreSQL and the client.",
	}
	peaks := &report.Table{
		Workload: Pages, Title: title + ", peak memory", Unit: report.Bytes,
		About: "The peak resident memory (`VmHWM`) of the server from the request to the last byte, " +
			"after the load above.",
	}
	want, err := wanted(ctx, b.Pools.PQ, dataset.GetMany, b.Scale.LargeList)
	if err != nil {
		return nil, err
	}
	var lists []*list
	var subjects []measure.Subject
	for _, e := range others {
		b.Log("%s: comparing %v, %d rows", Pages, e.ID, b.Scale.LargeList)
		l, err := newList(ctx, e, want, b.Scale.LargeList)
		switch {
		case err == nil:
			lists = append(lists, l)
			subjects = append(subjects, measure.Subject{Name: e.String(), Measure: l.measure})
		case e.peer:
			b.leaveOut(times, e, err)
		default:
			return nil, fmt.Errorf("%v: %w", e.ID, err)
		}
	}
	wire, fromWire, err := b.wire(ctx)
	if err != nil {
		return nil, err
	}
	subjects = append(subjects, fromWire)
	name := fmt.Sprintf("%s, %d rows", Pages, b.Scale.LargeList)
	samples, err := b.interleave(ctx, name, b.Rounds, subjects)
	if err != nil {
		return nil, err
	}
	for i, l := range lists {
		took := report.NewFigure(l.ID, 0, samples[i])
		peak := report.NewFigure(l.ID, 0, l.peaks[1:]) // without the warm-up
		for _, f := range []*report.Figure{took, peak} {
			f.Compared, f.Peer = true, l.peer
		}
		times.Figures, peaks.Figures = append(times.Figures, took), append(peaks.Figures, peak)
	}
	floor := report.NewFigure(wire, 0, samples[len(lists)])
	times.Figures = append(times.Figures, floor)
	return []*report.Table{times, peaks}, nil
}

// wire returns what reads the rows of a large list off the wire, as text, and drops them.
func (b *Bench) wire(ctx context.Context) (contender.ID, measure.Subject, error) {
	c := contender.OffTheWire(dataset.GetMany, strconv.Itoa(b.Scale.LargeList))
	read, err := c.Open(ctx, b.Pools)
	return c.ID, measure.Subject{
		Name: c.String(),
		Measure: func(ctx context.Context) (float64, error) {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
			if err != nil {
				return 0, err
			}
			start := time.Now()
			err = read(nil, r)
			return time.Since(start).Seconds(), err
		},
	}, err
}

// A list is a large response of an endpoint.
type list struct {
	*endpoint
	url   string
	pid   int
	peaks measure.Sample
}

// newList finds the process of an endpoint and compares its response.
func newList(ctx context.Context, e *endpoint, want []json.RawMessage, rows int) (*list, error) {
	pid, err := e.at.Process()
	if err != nil {
		return nil, err
	}
	l := &list{endpoint: e, url: e.at.URL(fmt.Sprintf("/rpc/many?n=%d", rows)), pid: pid}
	return l, l.get(ctx, func(body io.Reader) error {
		difference, err := exact.Rows(body, want, rows)
		if err == nil && difference != nil {
			err = errors.New(difference.String())
		}
		return err
	})
}

// measure returns the seconds to the last byte, and adds to the peaks.
func (l *list) measure(ctx context.Context) (float64, error) {
	if err := measure.ResetPeak(l.pid); err != nil {
		return 0, err
	}
	start := time.Now()
	err := l.get(ctx, func(body io.Reader) error {
		_, err := io.Copy(io.Discard, body)
		return err
	})
	if err != nil {
		return 0, err
	}
	took := time.Since(start)
	peak, err := measure.Peak(l.pid)
	l.peaks = append(l.peaks, peak)
	return took.Seconds(), err
}

// plain does not accept gzip, as Go's client does by itself: what is timed is lists, not which of
// the servers compresses them.
var plain = &http.Client{Transport: &http.Transport{DisableCompression: true}}

// get lets read have the body of a response of status 200.
func (l *list) get(ctx context.Context, read func(io.Reader) error) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url, nil)
	if err != nil {
		return err
	}
	response, err := plain.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return read(response.Body)
}
