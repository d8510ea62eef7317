// Package child runs tasks in processes of their own, which run the same program.
package child

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
)

// variable is the environment variable that makes a process a child and names its task.
const variable = "MORESQL_BENCH_CHILD"

// The names of the tasks.
const (
	memory = "memory"
	load   = "load"
)

// Main runs the task of a child and reports whether this process is one. It must be called first
// in main and in the TestMain of tests that start children.
func Main() (isChild bool, err error) {
	switch name := os.Getenv(variable); name {
	case "":
		return false, nil
	case memory:
		return true, perform(Memory.do)
	case load:
		return true, perform(Load.do)
	default:
		return true, fmt.Errorf("%s: no task %q", variable, name)
	}
}

// run starts a child for a task, which it reads as JSON, and returns its outcome.
func run[T any](ctx context.Context, name string, task any) (outcome T, err error) {
	in, err := json.Marshal(task)
	if err != nil {
		return outcome, err
	}
	program, err := os.Executable()
	if err != nil {
		return outcome, err
	}
	command := exec.CommandContext(ctx, program)
	command.Env = append(os.Environ(), variable+"="+name)
	command.Stdin, command.Stderr = bytes.NewReader(in), os.Stderr
	out, err := command.Output()
	if err != nil {
		return outcome, err
	}
	return outcome, json.Unmarshal(out, &outcome)
}

// perform does the task of this process.
func perform[Task, Outcome any](do func(Task, context.Context) (Outcome, error)) error {
	var task Task
	if err := json.NewDecoder(os.Stdin).Decode(&task); err != nil {
		return err
	}
	outcome, err := do(task, context.Background())
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(outcome)
}
