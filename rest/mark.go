package rest

import (
	"fmt"
	"hash/fnv"
	"io"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
)

// markResult begins the statement of a plan with a comment that differs with the result of its
// routine, once a catalog has been reloaded. Drivers keep statements by their text, and PostgreSQL
// keeps the columns that the row type of a function had when such a statement was prepared: what
// has been added since would be missing for as long as the connection lives, and what has been
// dropped would be NULL or an error.
func markResult(p *moresql.Plan, r *catalog.Result) {
	h := fnv.New32a()
	fmt.Fprintf(h, "%t %s", r.Set, r.Type)
	for _, c := range r.Columns {
		io.WriteString(h, "\x00"+c.Name+"\x00"+c.Type.String())
	}
	mark := fmt.Sprintf("/* %08x */ ", h.Sum32())
	if p.Relation != nil && p.Relation != &p.Statement {
		relation := *p.Relation
		relation.Query = mark + relation.Query
		p.Relation = &relation
	}
	p.Statement.Query = mark + p.Statement.Query
}
