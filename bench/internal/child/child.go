// Package child measures memory: each point in a process of its own, which the command starts from its own program.
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

// variable is how a process is told that it is a child, and its task.
const variable = "MORESQL_BENCH_CHILD"

// A Task is one point: a contender that serves so many rows.
type Task struct {
	URI       string
	Contender contender.ID
	Rows      int
}

// An Outcome is what a child came to.
type Outcome struct {
	Seconds float64 // of the request
	Peak    float64 // most memory resident, in bytes
	Output  int64   // bytes written
}

// Contenders are those that can be measured.
func Contenders() []contender.Contender { return contender.Lists(dataset.GetNumbered) }

// Run starts a child and returns what it measured.
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

// Main does a child's task and returns true where this process is one; main and the TestMain of tests that call Run begin with it.
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
	// One row makes the connection, which is not part of the time.
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
