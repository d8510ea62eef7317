// Command bench compares moresql with the floor that the drivers set, and with what people use
// without it. It starts its own PostgreSQL server. The tables go to stdout, the progress to stderr:
//
//	go run ./bench -short
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/moresql/moresql/bench/internal/child"
	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/peer"
	"github.com/moresql/moresql/bench/internal/plot"
	"github.com/moresql/moresql/bench/internal/report"
	"github.com/moresql/moresql/bench/internal/workload"
)

func main() {
	time.Local = time.UTC // the time zone of the server: pgx returns times in the local one
	isChild, err := child.Main()
	if !isChild {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		var o order
		if o, err = parse(os.Args[1:], os.Stderr); err == nil {
			err = run(ctx, o, os.Stdout, os.Stderr)
		}
		stop()
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// An order is a parsed command line.
type order struct {
	scale     workload.Scale
	short     bool
	rounds    int
	workloads []workload.Workload
	peers     []peer.Peer
	json, svg string // file names
}

// parse parses the command line.
func parse(args []string, stderr io.Writer) (order, error) {
	all := workload.All()
	names := make([]string, len(all))
	for i, w := range all {
		names[i] = w.Name
	}
	o := order{scale: workload.Full()}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&o.short, "short", false,
		"take fewer rows and rounds, so that everything runs within two minutes")
	flags.IntVar(&o.rounds, "rounds", 0,
		"measure everything `n` times, after a warm-up round (default 7, with -short 3)")
	flags.StringVar(&o.json, "json", "", "write the raw figures to `file`")
	flags.StringVar(&o.svg, "svg", "", "write the plot of W6 to `file`")
	flags.Func("peer", "measure the server at `name=URL` as well, which serves the functions of the\n"+
		"schema public at URL/rpc/; may be repeated", func(text string) error {
		p, err := peer.Parse(text)
		o.peers = append(o.peers, p)
		return err
	})
	chosen := flags.String("workload", strings.Join(names, ","),
		"the workloads to run, separated by commas")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.short {
		o.scale = workload.Short()
	}
	switch {
	case o.rounds < 0:
		return o, fmt.Errorf("-rounds %d", o.rounds)
	case o.rounds == 0 && o.short:
		o.rounds = 3
	case o.rounds == 0:
		o.rounds = 7
	}
	selected := strings.Split(*chosen, ",")
	for _, name := range selected {
		if !slices.Contains(names, name) {
			return o, fmt.Errorf("no workload %q, only %s", name, strings.Join(names, ", "))
		}
	}
	for _, w := range all {
		if slices.Contains(selected, w.Name) {
			o.workloads = append(o.workloads, w)
		}
	}
	if len(o.peers) > 0 && !slices.ContainsFunc(selected, workload.HasPeers) {
		return o, errors.New("-peer needs the workload W7, W8 or W9")
	}
	if o.svg != "" && !slices.Contains(selected, workload.Memory) {
		return o, fmt.Errorf("-svg needs the workload %s", workload.Memory)
	}
	return o, nil
}

// run measures the chosen workloads and writes the results.
func run(ctx context.Context, o order, stdout, stderr io.Writer) (err error) {
	server, err := database.Start()
	if err != nil {
		return err
	}
	defer server.Stop()
	pools, err := database.Open(ctx, server.URI())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pools.Close()) }()

	begin := time.Now()
	bench := &workload.Bench{
		URI: server.URI(), Pools: pools, Peers: o.peers, Scale: o.scale, Rounds: o.rounds,
		Log: func(format string, args ...any) {
			message := fmt.Sprintf(format, args...)
			fmt.Fprintf(stderr, "%6.1fs  %s\n", time.Since(begin).Seconds(), message)
		},
	}
	r, err := o.measure(ctx, bench, stdout)
	if err != nil {
		return err
	}
	return o.files(r)
}

// measure runs the workloads and writes each table as soon as it is complete.
func (o order) measure(
	ctx context.Context, b *workload.Bench, stdout io.Writer,
) (*report.Report, error) {
	how := fmt.Sprintf("Medians of %d alternating rounds (%d of W6, %d to the first byte)",
		o.rounds, o.scale.MemoryRounds, o.scale.FirstByteRounds)
	environment, err := report.Describe(ctx, b.Pools.PQ, how)
	if err != nil {
		return nil, err
	}
	if err := environment.Markdown(stdout); err != nil {
		return nil, err
	}
	r := &report.Report{Environment: environment}
	for _, w := range o.workloads {
		tables, err := w.Run(ctx, b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.Name, err)
		}
		for _, t := range tables {
			if err := t.Markdown(stdout); err != nil {
				return nil, err
			}
		}
		r.Tables = append(r.Tables, tables...)
	}
	r.Targets = workload.Targets(r)
	return r, report.Targets(stdout, r.Targets)
}

// files writes the files that the flags name.
func (o order) files(r *report.Report) error {
	if o.json != "" {
		if err := create(o.json, r.JSON); err != nil {
			return err
		}
	}
	if o.svg == "" {
		return nil
	}
	return create(o.svg, func(w io.Writer) error {
		return plot.SVG(w, r.Find(workload.Memory, report.Seconds), r.Find(workload.Memory, report.Bytes))
	})
}

func create(name string, write func(io.Writer) error) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}
