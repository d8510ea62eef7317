// Package child measures memory. Each point has a process of its own, which runs the same program.
package child

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"

	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/measure"
)

// variable is the environment variable that makes a process a child and holds its task.
const variable = "MORESQL_BENCH_CHILD"

// A Task is one point: a contender that serves a number of rows.
type Task struct {
	URI       string
	Contender contender.ID
	Rows      int
}

// An Outcome is what a child has measured.
type Outcome struct {
	Seconds float64 // duration of the request
	Peak    float64 // peak resident memory, in bytes
	Output  int64   // bytes written
}

// Contenders returns the contenders whose memory can be measured.
func Contenders() []contender.Contender { return contender.Lists(dataset.GetNumbered) }

// Run starts a child and returns its outcome.
func Run(ctx context.Context, t Task) (Outcome, error) {
	var o Outcome
	task, err := json.Marshal(t)
	if err != nil {
		return o, err
	}
	program, err := os.Executable()
	if err != nil {
		return o, err
	}
	command := exec.CommandContext(ctx, program)
	command.Env = append(os.Environ(), variable+"="+string(task))
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return o, fmt.Errorf("%v with %d rows: %w", t.Contender, t.Rows, err)
	}
	return o, json.Unmarshal(out, &o)
}

// Main runs the task of a child and reports whether this process is one. It must be called first
// in main and in the TestMain of tests that call Run.
func Main() (isChild bool, err error) {
	task := os.Getenv(variable)
	if task == "" {
		return false, nil
	}
	var t Task
	if err := json.Unmarshal([]byte(task), &t); err != nil {
		return true, err
	}
	o, err := t.do(context.Background())
	if err != nil {
		return true, err
	}
	return true, json.NewEncoder(os.Stdout).Encode(o)
}

func (t Task) do(ctx context.Context) (o Outcome, err error) {
	pools, err := database.Open(ctx, t.URI)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, pools.Close()) }()
	all := Contenders()
	i := slices.IndexFunc(all, func(c contender.Contender) bool { return c.ID == t.Contender })
	if i < 0 {
		return o, fmt.Errorf("no contender %v", t.Contender)
	}
	serve, err := all[i].Open(ctx, pools)
	if err != nil {
		return o, err
	}
	// The first request opens the connection, which is not part of the measurement.
	if _, err := measure.Serve(ctx, serve, "/?n=1"); err != nil {
		return o, err
	}
	r, err := measure.Serve(ctx, serve, fmt.Sprintf("/?n=%d", t.Rows))
	if err != nil {
		return o, err
	}
	o.Seconds, o.Output = r.Took.Seconds(), r.Bytes
	o.Peak, err = measure.Peak()
	return o, err
}
