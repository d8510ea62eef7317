package openapi

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/routine"
	"github.com/moresql/moresql/row"
)

// question returns the query for what the role of a request may use of a snapshot.
func (res *resource) question(s *catalog.Snapshot) (moresql.Statement, []any, error) {
	routines := slices.Clip(s.Routines())
	for _, given := range res.about.Handlers {
		if m, ok := describeMounted(given, s); ok && m.Routine != nil {
			routines = append(routines, *m.Routine)
		}
	}
	values := []any{routine.OIDs(routines)}
	query := "SELECT (" + res.spec.Callable + ")"
	if len(res.about.ChannelRoles) > 0 {
		query += ", (" + res.spec.Role + ")"
	}
	if res.about.Tables == "" {
		return moresql.Statement{Query: query}, values, nil
	}
	names := [][2]string{}
	for _, r := range s.Relations() {
		names = append(names, [2]string{r.Schema, r.Name})
	}
	text, err := json.Marshal(names)
	query += ", (" + res.spec.Usable + ")"
	return moresql.Statement{Query: query}, append(values, string(text)), err
}

// rights are what a role may use, as the database has answered. Equal ones are equal texts.
type rights struct{ routines, role, relations string }

func rightsOf(r *row.Row, about *About) rights {
	may, next := rights{routines: r.Value(0).String()}, 1
	if len(about.ChannelRoles) > 0 {
		may.role = r.Value(next).String()
		next++
	}
	if about.Tables != "" {
		may.relations = r.Value(next).String()
	}
	return may
}

// restrict restricts what is described to the rights of a role.
func (may rights) restrict(about *About, s *catalog.Snapshot) error {
	callable, own := routine.Among(may.routines), about.May
	about.May = func(r *catalog.Routine) bool { return callable(r) && (own == nil || own(r)) }
	if about.Tables == "" {
		return nil
	}
	var list []relationRights
	if err := json.Unmarshal([]byte(may.relations), &list); err != nil {
		return fmt.Errorf("openapi: the rights of the relations: %w", err)
	}
	relations, ownRights := s.Relations(), about.Rights
	usable := map[[2]string]relationRights{}
	for i := range min(len(list), len(relations)) {
		usable[[2]string{relations[i].Schema, relations[i].Name}] = list[i]
	}
	about.Rights = func(r *catalog.Relation, column string) catalog.Rights {
		may := usable[[2]string{r.Schema, r.Name}].of(column)
		if ownRights != nil {
			may &= ownRights(r, column)
		}
		return may
	}
	return nil
}

// relationRights are those to a relation, and to its columns by name, or nil if all have the same.
type relationRights struct {
	may     catalog.Rights
	columns map[string]catalog.Rights
}

// UnmarshalJSON reads an array of the two.
func (may *relationRights) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&may.may, &may.columns})
}

// of returns the rights to a column, or to the relation if it is "".
func (may relationRights) of(column string) catalog.Rights {
	if column == "" || may.columns == nil {
		return may.may
	}
	return may.columns[column]
}
