package dialect

import (
	"github.com/moresql/moresql/internal/filter"
)

// group applies the aggregates of a select list, if it has any: the rows are then grouped by the
// other columns.
func (w *selector) group(columns []treeColumn) []treeColumn {
	grouped := false
	for _, c := range columns {
		grouped = grouped || c.aggregate != ""
	}
	if !grouped {
		return columns
	}
	w.groups = []string{}
	for i := range columns {
		c := &columns[i]
		w.trees().grouped(w, c)
		if c.aggregate == "" {
			w.groups = append(w.groups, c.text)
			continue
		}
		c.own = false
		if c.cast != "" {
			w.trees().castTo(w, c.cast, c.item.Field, c)
		}
	}
	return columns
}

// groupBy writes what the rows are grouped by.
func (w *selector) groupBy() {
	for i, text := range w.groups {
		if i == 0 {
			w.write(" GROUP BY ", text)
		} else {
			w.write(", ", text)
		}
	}
}

// refuseAggregate refuses an aggregate of rows that are spread as arrays.
func (w *selector) refuseAggregate(e *filter.Embed, c treeColumn) {
	if c.aggregate != "" {
		w.fail(&filter.Error{
			Param: e.Param, Pos: e.Pos, NotYet: true,
			Message: "aggregates of rows that are spread as arrays are not supported",
		})
	}
}

// aggregateName returns the name of an aggregate in SQL.
func aggregateName(a filter.Aggregate) string {
	switch a {
	case filter.Sum:
		return "sum"
	case filter.Avg:
		return "avg"
	case filter.Max:
		return "max"
	case filter.Min:
		return "min"
	}
	return "count"
}
