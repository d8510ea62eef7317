// Package metrics counts what is served, for Prometheus.
package metrics

import (
	"database/sql"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/cmd/moresql/internal/observe"
	"github.com/moresql/moresql/row"
)

// Metrics are those of one server. The values of their labels are names of the catalog, codes of
// errors and statuses, and no more than most of each, so that no client can fill the memory.
type Metrics struct {
	registry  *prometheus.Registry
	duration  *family[prometheus.Observer]
	calls     *family[prometheus.Counter]
	responses *family[prometheus.Counter]
	aborted   prometheus.Counter
	bytes     prometheus.Counter
	running   prometheus.Gauge
	rows      atomic.Int64
	reloads   *prometheus.CounterVec
	loaded    prometheus.Gauge

	mu      sync.Mutex
	pool    prometheus.Collector            // of the pool in use, nil before there is one
	catalog atomic.Pointer[catalog.Catalog] // nil for none
	sizes   []prometheus.Collector          // of it, registered while there is one

	followers atomic.Pointer[func() int]
}

// most is the number of combinations of labels that a metric has. Those beyond count as "other".
const most = 2000

// buckets are those of the durations, in seconds.
var buckets = []float64{
	.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30,
}

// New returns the metrics of a server of a version of the command.
func New(version string) *Metrics {
	r := prometheus.NewRegistry()
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
		r.MustRegister(c)
		return c
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		r.MustRegister(c)
		return c
	}
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
		r.MustRegister(g)
		return g
	}
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "moresql_call_duration_seconds", Buckets: buckets,
		Help: "Time from the beginning of a request to the end of its call, by routine or relation.",
	}, []string{"routine"})
	m := &Metrics{
		registry: r,
		duration: newFamily(1, duration.WithLabelValues),
		calls: newFamily(2, counters("moresql_calls_total", "Calls by routine or relation and by the "+
			"code of their error: SQLSTATE, PostgREST's or the HTTP status; empty for a success.",
			"routine", "code").WithLabelValues),
		responses: newFamily(1, counters("moresql_http_responses_total",
			"Responses by HTTP status, those without a call included.", "status").WithLabelValues),
		aborted: counter("moresql_http_aborted_total",
			"Responses that were cut because they failed after they had begun."),
		bytes:   counter("moresql_http_response_bytes_total", "Bytes of the bodies of responses."),
		running: gauge("moresql_http_requests_in_flight", "Requests that are being served."),
		reloads: counters("moresql_catalog_reloads_total",
			"Times that the catalog was read again, by result: ok or failed.", "result"),
		loaded: gauge("moresql_catalog_loaded_timestamp_seconds",
			"When the catalog in force was read, in seconds since 1970."),
	}
	r.MustRegister(duration, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "moresql_rows_total", Help: "Rows that calls have returned.",
		}, func() float64 { return float64(m.rows.Load()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "moresql_events_followers", Help: "Clients that follow channels of -events.",
		}, func() float64 {
			if count := m.followers.Load(); count != nil {
				return float64((*count)())
			}
			return 0
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "moresql_build_info", Help: "1, with the version of the command.",
			ConstLabels: prometheus.Labels{"version": version},
		}, func() float64 { return 1 }))
	m.sizes = m.sizesOf()
	for _, result := range []string{"ok", "failed"} {
		m.reloads.WithLabelValues(result)
	}
	return m
}

// Handler returns what Prometheus reads.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Hooks returns what counts rows.
func (m *Metrics) Hooks() moresql.Hooks {
	return moresql.Hooks{Row: func(*row.Row) error {
		m.rows.Add(1)
		return nil
	}}
}

// Began counts a request that is being served until Ended.
func (m *Metrics) Began() { m.running.Inc() }

// Ended counts a request that is over.
func (m *Metrics) Ended(q *observe.Request) {
	m.running.Dec()
	m.responses.with(strconv.Itoa(q.Status), "").Inc()
	m.bytes.Add(float64(q.Bytes))
	if q.Aborted {
		m.aborted.Inc()
	}
	if !q.Ended.IsZero() {
		m.calls.with(q.Routine, q.Code).Inc()
		m.duration.with(q.Routine, "").Observe(q.Ended.Sub(q.Start).Seconds())
	}
}

// Serving notes what is served from now on: a pool, and a catalog that has just been read, nil for
// none.
func (m *Metrics) Serving(pool *sql.DB, cat *catalog.Catalog) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pool != nil {
		m.registry.Unregister(m.pool)
	}
	m.pool = collectors.NewDBStatsCollector(pool, "main")
	m.registry.MustRegister(m.pool)
	if before := m.catalog.Swap(cat); before == nil && cat != nil {
		m.registry.MustRegister(m.sizes...)
	} else if before != nil && cat == nil {
		for _, size := range m.sizes {
			m.registry.Unregister(size)
		}
	}
	if cat != nil {
		m.loaded.SetToCurrentTime()
	}
}

// Followed has count say from now on how many clients follow channels.
func (m *Metrics) Followed(count func() int) { m.followers.Store(&count) }

// sizesOf returns the metrics of what is in a catalog.
func (m *Metrics) sizesOf() []prometheus.Collector {
	gauge := func(name, help string, size func(*catalog.Snapshot) int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
			if cat := m.catalog.Load(); cat != nil {
				return float64(size(cat.Current()))
			}
			return 0
		})
	}
	return []prometheus.Collector{
		gauge("moresql_catalog_routines", "Routines in the catalog.",
			func(s *catalog.Snapshot) int { return len(s.Routines()) }),
		gauge("moresql_catalog_relations", "Tables and views in the catalog.",
			func(s *catalog.Snapshot) int { return len(s.Relations()) }),
	}
}

// Reloaded notes that the catalog has been read again, or could not be.
func (m *Metrics) Reloaded(at time.Time, err error) {
	if err != nil {
		m.reloads.WithLabelValues("failed").Inc()
		return
	}
	m.reloads.WithLabelValues("ok").Inc()
	m.loaded.Set(float64(at.UnixMilli()) / 1000)
}
