package dialect

import (
	"github.com/moresql/moresql/internal/filter"
)

// group applies the aggregates of a select list, if it has any: the rows are then grouped by the
// other columns. What is embedded is compared as jsonb, since json has no equality.
func (p postgresFilters) group(w *selector, columns []postgresColumn) []postgresColumn {
	grouped := false
	for _, c := range columns {
		grouped = grouped || c.aggregate != ""
	}
	if !grouped {
		return columns
	}
	w.groups = []string{}
	for i := range columns {
		switch c := &columns[i]; {
		case c.aggregate == "" && c.isJSON:
			c.text = "(" + c.text + ")::pg_catalog.jsonb"
			w.groups = append(w.groups, c.text)
		case c.aggregate == "":
			w.groups = append(w.groups, c.text)
		default:
			c.text = "pg_catalog." + aggregateName(c.aggregate) + "(" + c.text + ")"
			c.exact = c.exact || c.aggregate == filter.Count
			if c.cast != "" {
				c.text, c.exact = w.castTo(c.cast, c.item.Field, c.text)
			}
			c.own = false
		}
	}
	return columns
}

// groupBy writes what the rows are grouped by.
func (p postgresFilters) groupBy(w *selector) {
	for i, text := range w.groups {
		if i == 0 {
			w.write(" GROUP BY ", text)
		} else {
			w.write(", ", text)
		}
	}
}

// refuseAggregate refuses an aggregate of rows that are spread as arrays.
func (p postgresFilters) refuseAggregate(w *selector, e *filter.Embed, c postgresColumn) {
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
