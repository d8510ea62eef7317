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

// find returns a plan of the caller's own for a key, if one is kept.
func (c *calls) find(snapshot *catalog.Snapshot, key callKey) (*moresql.Plan, bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if p := c.plans[key]; p != nil && c.snapshot == snapshot {
		return copyPlan(p), true
	}
	return nil, false
}

// keep keeps a plan for a key, and returns one of the caller's own.
func (c *calls) keep(snapshot *catalog.Snapshot, key callKey, p *moresql.Plan) *moresql.Plan {
	if len(key.routine.Params) > maxParams {
		return p
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.snapshot != snapshot {
		c.snapshot, c.plans = snapshot, map[callKey]*moresql.Plan{}
	}
	if len(c.plans) < maxCalls {
		c.plans[key] = p
	}
	return copyPlan(p)
}

// copyPlan returns a plan that decorators may change.
func copyPlan(p *moresql.Plan) *moresql.Plan {
	own := *p
	own.Statement.Bind = slices.Clip(p.Statement.Bind)
	if p.Relation != nil {
		relation := *p.Relation
		relation.Bind = slices.Clip(relation.Bind)
		own.Relation = &relation
	}
	return &own
}
