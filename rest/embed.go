package rest

import (
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/embed"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/row"
)

// isTable reports whether the rows are those of a relation, and not of a routine.
func (q *viewing) isTable() bool {
	_, is := q.from.(*tabling)
	return is
}

// embed adds to what is selected from the relation that the rows are of, where the request needs
// it: it reads the relation itself, embeds resources, or names functions of a row.
func (q *viewing) embed(inner *dialect.Inner, query *filter.Query) error {
	if q.from == nil {
		return nil
	}
	snapshot, relation := q.from.base()
	if relation == nil {
		return nil
	}
	node, err := embed.Resolve(snapshot, relation, query)
	if err != nil {
		return cannotEmbed(err)
	}
	names := make([]string, len(inner.Columns))
	for i, c := range inner.Columns {
		names[i] = c.Name
	}
	grouped := query.Aggregates()
	if grouped && !q.aggregates {
		return noAggregates()
	}
	if q.isTable() || inner.Handler != nil || node.Children != nil || grouped ||
		query.Check(names) != nil {
		inner.Node = node
	}
	return nil
}

// markTable begins a statement that reads a relation as one of the catalog's reload; see
// markReload.
func (q *viewing) markTable(p *moresql.Plan) {
	if t, ok := q.from.(*tabling); ok && t.snapshot.Reloads() > 0 {
		markReload(p, t.snapshot.Reloads())
	}
}

// hasEstimates reports whether a request may prefer an estimated count.
func (q *viewing) hasEstimates() bool {
	traits, ok := q.Traits()
	return q.isTable() && isSafe(q.request) && ok && spec(traits.Dialect).Estimates()
}

// countInstead has rows counted that nothing estimates, as PostgREST does for functions and for
// writes. A planned count is what a planner says, and left out.
func (q *viewing) countInstead() {
	switch {
	case q.hasEstimates():
	case q.prefer.estimate == "estimated":
		q.prefer.count = true
	default:
		q.prefer.leave("count", &q.prefer.estimate)
	}
}

// hasKeysets reports whether pages may begin after a row.
func (q *viewing) hasKeysets() bool {
	traits, ok := q.Traits()
	return q.isTable() && isSafe(q.request) && ok && spec(traits.Dialect).Keysets()
}

// fewRows is how many rows a planner may expect for an estimated count to count them instead.
const fewRows = 1000

// estimate has the planner say how many rows the whole has, for a request that does not need to
// know exactly (PostgREST's documentation, "Pagination and Count"), and reports whether they are so
// few that they are better counted. The planner may be wrong: where it expects many, as many are
// counted as it takes to know that they are not few.
func (q *viewing) estimate(
	c *moresql.Call, p *moresql.Plan, wanted *part, inner dialect.Inner,
) (counts bool, err error) {
	if q.prefer.estimate == "" || !q.hasEstimates() {
		return false, nil
	}
	d := spec(p.Dialect)
	plan, err := d.Estimate(inner, wanted.query)
	if err == nil {
		wanted.about, err = number(c, plan, func(v row.Value) (int64, error) {
			return d.Estimated(v.Raw())
		})
	}
	if err != nil || q.prefer.estimate != "estimated" {
		return wanted.count, err
	}
	few, n := int64(fewRows), wanted.about
	if q.maxPage > 0 {
		few = q.maxPage
	}
	if n > few {
		counted, err := d.CountTo(inner, wanted.query, few+1)
		if err != nil {
			return false, err
		}
		n, err = number(c, counted, func(v row.Value) (int64, error) { return v.Int(), nil })
		if err != nil {
			return false, err
		}
	}
	wanted.count = wanted.count || n <= few
	return wanted.count, nil
}

// number runs a statement and returns the number that its only value has.
func number(
	c *moresql.Call, s dialect.Selected, read func(row.Value) (int64, error),
) (n int64, err error) {
	statement := moresql.Statement{Query: s.Query, Bind: s.Bind}
	err = c.Run(statement, s.Extra, func(rows *row.Rows) error {
		for r, err := range rows.All() {
			if err != nil {
				return err
			}
			if n, err = read(r.Value(0)); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}
