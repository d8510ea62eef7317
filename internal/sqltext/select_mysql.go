package sqltext

import "github.com/moresql/moresql/internal/filter"

// mysql spells what MySQL and MariaDB have.
type mysql struct{ *selector }

func (w mysql) item(table string, f filter.Field)  {}
func (w mysql) field(table string, f filter.Field) {}
func (w mysql) compare(c filter.Condition) error   { return w.unsupported(c) }
