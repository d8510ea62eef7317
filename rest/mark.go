package rest

import (
	"fmt"

	"github.com/moresql/moresql"
)

// markReload begins the statement of a plan with a comment that differs from one reload of the
// catalog to the next. Drivers keep statements by their text, and PostgreSQL keeps the columns that
// the row type of a function had when such a statement was prepared: what has been added since
// would be missing for as long as the connection lives, what has been dropped would be NULL or an
// error, and a value of another type would be misread. A result that is what it was may have been
// another in between.
func markReload(p *moresql.Plan, reloads int) {
	mark := fmt.Sprintf("/* %d */ ", reloads)
	if p.Relation != nil && p.Relation != &p.Statement {
		relation := *p.Relation
		relation.Query = mark + relation.Query
		p.Relation = &relation
	}
	p.Statement.Query = mark + p.Statement.Query
}
