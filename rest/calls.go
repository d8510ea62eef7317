package rest

import (
	"slices"
	"sync"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
)

// calls are the plans of calls, without values, for the next call of the same routine with the same
// parameters. They are those of one snapshot of a catalog.
type calls struct {
	mutex    sync.Mutex
	snapshot *catalog.Snapshot
	plans    map[callKey]*moresql.Plan
}

// A callKey is what the text of a call depends on.
type callKey struct {
	routine *catalog.Routine
	given   uint64 // a bit for each parameter
	json    bool   // the encoder takes the server's JSON as it is
}

const (
	maxCalls  = 1024 // plans that are kept: optional parameters multiply them
	maxParams = 64   // of a routine whose calls are kept
)

func keyOf(m *matched, json bool) callKey {
	key := callKey{routine: m.routine, json: json}
	for i := range min(maxParams, len(m.routine.Params)) {
		for _, p := range m.given {
			if p == &m.routine.Params[i] {
				key.given |= 1 << i
			}
		}
	}
	return key
}

// find returns the plan that is kept for a key. It must not be changed.
func (c *calls) find(snapshot *catalog.Snapshot, key callKey) (*moresql.Plan, bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	p := c.plans[key]
	return p, p != nil && c.snapshot == snapshot
}

// keep keeps a plan for a key, which must not be changed any more.
func (c *calls) keep(snapshot *catalog.Snapshot, key callKey, p *moresql.Plan) {
	if len(key.routine.Params) > maxParams {
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.snapshot != snapshot {
		c.snapshot, c.plans = snapshot, map[callKey]*moresql.Plan{}
	}
	if len(c.plans) < maxCalls {
		c.plans[key] = p
	}
}

// An ownPlan is memory for a plan that decorators may change.
type ownPlan struct {
	plan     moresql.Plan
	relation moresql.Statement
}

// copy returns a plan of its own that is like p.
func (o *ownPlan) copy(p *moresql.Plan) *moresql.Plan {
	o.plan = *p
	o.plan.Statement.Bind = slices.Clip(p.Statement.Bind)
	if p.Relation != nil {
		o.relation = *p.Relation
		o.relation.Bind = slices.Clip(o.relation.Bind)
		o.plan.Relation = &o.relation
	}
	return &o.plan
}
