package sqltext

import "github.com/moresql/moresql/internal/filter"

// sqlite spells what SQLite has.
type sqlite struct{ *selector }

func (w sqlite) item(table string, f filter.Field)  {}
func (w sqlite) field(table string, f filter.Field) {}
func (w sqlite) compare(c filter.Condition) error   { return w.unsupported(c) }
