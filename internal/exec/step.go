package exec

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/moresql/moresql/row"
)

// A Step is one call of several that run in one transaction.
type Step struct {
	Name       string
	Statements []Statement  // at least one; the rows of the last are the call's
	Rows       row.Options  // how they are read
	Outs       []row.Column // see Options
	Names      []string     // of the values that have been bound, for the error
	Bind       []int        // for each placeholder, the index of its value, for the same

	// Settings are those that differ from the transaction's, by their names.
	Settings [][2]string

	// Use is called with the rows, which are good until it returns. Its error ends the steps.
	Use func(*row.Rows) error

	// Trailer, if there is any, is run right after the rows, as a part of the call, and UseTrailer is
	// called with what its last statement returns, as Use is.
	Trailer    []Statement
	UseTrailer func(*row.Rows) error

	part bool // the next step is of the same call
}

// Map returns the steps that f makes of a sequence.
func Map[K, V any](seq iter.Seq2[K, V], f func(K, V) (Step, error)) iter.Seq2[Step, error] {
	return func(yield func(Step, error) bool) {
		for k, v := range seq {
			if !yield(f(k, v)) {
				return
			}
		}
	}
}

// A StepError is the error of one of several steps.
type StepError struct {
	Place int  // from 1
	Step  Step // as far as it was known: without a name if the error is from before there was one
	Err   error
}

func (e *StepError) Error() string { return fmt.Sprintf("call %d: %v", e.Place, e.Err) }
func (e *StepError) Unwrap() error { return e.Err }

// errStop is what Step.Use returns to end the steps. It becomes no StepError.
var errStop = errors.New("stopped")

// What is taken of the steps before any of them is sent. Steps hold the arguments of their calls,
// which may be large.
const (
	maxGroup     = 256
	maxGroupSize = 32 << 10 // bytes of arguments
)

// Steps reads the rows of the result to their end and runs steps in its transaction, one after the
// other, each with all of its rows. Steps are taken ahead as far as the driver sends several
// together. The settings of the transaction, and what else has been run before its first rows, come
// before each step again: one may have left another role or other settings for those after it. On a
// connection of the pool whatever else it has set is taken back first.
//
// The error is a *StepError, which has been explained: of the first step, in their order, that
// fails, or that steps itself yields instead of one.
func (r *Result) Steps(steps iter.Seq2[Step, error]) error {
	if err := r.rows.Finish(); err != nil {
		return r.Explain(err)
	}
	return (&group{result: r}).run(steps)
}

// RunSteps runs steps in a transaction with the settings of ctx, as RunContext does, and commits.
// It passes the rows of each to yield instead of Use, and rolls back if that returns false.
func RunSteps(
	ctx context.Context, db Querier, steps iter.Seq2[Step, error], o Options,
	yield func(*row.Rows, error) bool,
) error {
	o.Tx = true
	r, err := RunContext(ctx, db, []Statement{{Text: o.Dialect.Noop()}}, o)
	if err != nil {
		return err
	}
	defer r.Close()
	err = r.Steps(Map(steps, func(step Step, err error) (Step, error) {
		step.Use = func(rows *row.Rows) error {
			if !yield(rows, nil) {
				return errStop
			}
			return nil
		}
		return step, err
	}))
	if err == nil {
		err = r.Commit()
	}
	if err == errStop {
		return nil
	}
	return err
}

// A group are steps that have been taken and not run yet.
type group struct {
	result *Result
	steps  []Step
	size   int // of their arguments, in bytes
	ran    int // steps before the group

	text, marked string // the last text that was marked, and what it has become
}

func (g *group) run(steps iter.Seq2[Step, error]) error {
	for step, err := range steps {
		if err != nil {
			if failed := g.flush(); failed != nil { // of a step that comes before it
				return failed
			}
			return g.failed(step, err)
		}
		g.add(step)
		if len(g.steps) >= maxGroup || g.size >= maxGroupSize {
			if err := g.flush(); err != nil {
				return err
			}
		}
	}
	return g.flush()
}

// add adds a step, its texts marked by the role of the transaction.
func (g *group) add(step Step) {
	if isFirst := g.ran+len(g.steps) == 0; !isFirst || len(step.Settings) > 0 {
		if g.result.reset != "" && !isFirst {
			g.addBefore(step, Statement{Text: g.result.reset})
		}
		for i, s := range g.result.before {
			if i == 0 {
				s.Args = replaced(s.Args, step.Settings)
			}
			g.addBefore(step, s)
		}
	}
	for i := range step.Statements {
		s := &step.Statements[i]
		if mark := g.result.mark; mark != nil {
			if s.Text != g.text {
				g.text, g.marked = s.Text, mark(g.result.role, s.Text)
			}
			s.Text = g.marked
		}
	}
	step.part = step.Trailer != nil
	g.append(step)
	if step.part {
		g.append(Step{Name: step.Name, Statements: step.Trailer, Use: step.UseTrailer})
	}
}

func (g *group) append(step Step) {
	g.steps = append(g.steps, step)
	for _, s := range step.Statements {
		g.size += sizeOf(s.Args)
	}
}

// addBefore adds a statement that comes before those of a step.
func (g *group) addBefore(step Step, s Statement) {
	g.append(Step{Name: step.Name, Statements: []Statement{s}, Use: ignore, part: true})
}

// replaced returns the names and values that a statement sets, with the values of others.
func replaced(args []any, settings [][2]string) []any {
	for _, setting := range settings {
		for i := 0; i+1 < len(args); i += 2 {
			if args[i] == setting[0] {
				args = slices.Clone(args)
				args[i+1] = setting[1]
			}
		}
	}
	return args
}

func ignore(*row.Rows) error { return nil }

// sizeOf returns how many bytes the texts and bytes of arguments have.
func sizeOf(args []any) (size int) {
	for _, value := range args {
		switch v := value.(type) {
		case string:
			size += len(v)
		case []byte:
			size += len(v)
		}
	}
	return size
}

// flush runs all steps that have been taken.
func (g *group) flush() error {
	for left := g.steps; len(left) > 0; {
		n, err := g.together(left)
		if n == 0 && err == nil {
			n, err = 1, g.alone(left[0])
		}
		if err != nil {
			return err
		}
		left = left[n:]
	}
	clear(g.steps)
	g.steps, g.size = g.steps[:0], 0
	return nil
}

// together runs the first of the steps as the driver sends several at once, and returns how many: 0
// if it does not.
func (g *group) together(steps []Step) (n int, err error) {
	s, ok := g.result.conn.(*session)
	if !ok {
		return 0, nil
	}
	if n, err = s.sendGroup(steps); err != nil || n == 0 {
		return 0, g.fail(steps[0], err)
	}
	early := true
	defer func() { s.endGroup(early) }() // also where the program panics
	for _, step := range steps[:n] {
		rows, err := s.nextOfGroup(step.Rows)
		if err != nil {
			return 0, g.fail(step, err)
		}
		if err := g.use(step, rows); err != nil {
			return 0, err
		}
	}
	early = false
	return n, nil
}

// alone runs one step.
func (g *group) alone(step Step) error {
	r, last := g.result, step.last()
	outs := newOutputs(step.Outs, step.Rows.Kinds)
	if outs != nil {
		last.Args = outs.appendTo(last.Args)
	}
	skipped, err := r.runAll(step.Statements[:len(step.Statements)-1])
	if err != nil {
		return g.failed(step, err)
	}
	step.Rows.Skipped = skipped
	rows, err := r.queryLast(last, outs, step.Rows)
	if err != nil {
		return g.fail(step, err)
	}
	err = g.use(step, rows)
	if s, ok := r.conn.(*session); ok && err == nil {
		s.closePrepared() // that of many steps would take memory up to their end
	}
	return err
}

// use has the rows of a step used, and reads what is left of them.
func (g *group) use(step Step, rows *row.Rows) error {
	r := g.result
	r.skipped += r.rows.Skipped()
	r.rows, r.last = rows, step.last()
	err := step.Use(rows)
	if err == nil {
		err = rows.Finish()
	}
	if err != nil {
		return g.failed(step, r.Explain(err))
	}
	r.conn.finish(rows)
	if !step.part {
		g.ran++
	}
	return nil
}

// fail returns the error of the statement of a step, nil for nil.
func (g *group) fail(step Step, err error) error {
	if err == nil {
		return nil
	}
	return g.failed(step, g.result.fail(step.last(), err))
}

// failed returns the error of a step after those that ran.
func (g *group) failed(step Step, err error) error {
	if err == errStop {
		return err
	}
	return &StepError{g.ran + 1, step, err}
}

func (s *Step) last() Statement { return s.Statements[len(s.Statements)-1] }
