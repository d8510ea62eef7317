package rest

import (
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
)

// TestKeptPlansAreTheCallersOwn keeps a plan, changes what it gets as a decorator may, and gets it
// as it was; and nothing of another snapshot, of other parameters or for another encoder.
func TestKeptPlansAreTheCallersOwn(t *testing.T) {
	routine := &catalog.Routine{Name: "cars", Params: []catalog.Param{{Name: "a"}, {Name: "b"}}}
	given := []*catalog.Param{&routine.Params[1]}
	key := keyOf(&matched{routine: routine, given: given}, true)
	now, later := catalog.Of().Current(), catalog.Of().Current()
	bind := make([]int, 1, 2)
	written := &moresql.Plan{
		Statement: moresql.Statement{Query: "SELECT 1", Bind: bind},
		Relation:  &moresql.Statement{Query: "SELECT 1", Bind: bind},
	}
	var c calls
	c.keep(now, key, written)
	for range 2 {
		found, ok := c.find(now, key)
		if !ok {
			t.Fatal("the plan is not kept")
		}
		p := new(ownPlan).copy(found)
		if p.Statement.Query != "SELECT 1" || p.Relation.Query != "SELECT 1" {
			t.Errorf("the kept plan has become %q, %q", p.Statement.Query, p.Relation.Query)
		}
		p.Statement.Query, p.Relation.Query = "other", "other"
		_ = append(p.Statement.Bind, 7)
		_ = append(p.Relation.Bind, 7)
	}
	if bind[:2][1] != 0 {
		t.Error("a decorator has written into the bindings of the kept plan")
	}
	for _, other := range []struct {
		reason   string
		snapshot *catalog.Snapshot
		key      callKey
	}{
		{"the catalog was reloaded", later, key},
		{"another parameter is given", now, keyOf(&matched{
			routine: routine, given: []*catalog.Param{&routine.Params[0]},
		}, true)},
		{"the encoder needs values", now, keyOf(&matched{routine: routine, given: given}, false)},
	} {
		if _, ok := c.find(other.snapshot, other.key); ok {
			t.Errorf("%s, but the plan is the same", other.reason)
		}
	}
}

// TestKeptPlansAreBounded gives more combinations of parameters than are kept.
func TestKeptPlansAreBounded(t *testing.T) {
	var c calls
	snapshot := catalog.Of().Current()
	routine := &catalog.Routine{Params: make([]catalog.Param, 20)}
	for i := range uint64(2 * maxCalls) {
		c.keep(snapshot, callKey{routine: routine, given: i}, new(moresql.Plan))
	}
	wide := &catalog.Routine{Params: make([]catalog.Param, maxParams+1)}
	c.keep(snapshot, callKey{routine: wide}, new(moresql.Plan))
	if len(c.plans) != maxCalls {
		t.Errorf("%d plans are kept instead of %d", len(c.plans), maxCalls)
	}
	if _, ok := c.find(snapshot, callKey{routine: wide}); ok {
		t.Error("a plan is kept whose key cannot tell the parameters apart")
	}
}
