package catalog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/moresql/moresql/row"
)

// A pgRelation is a relation as postgres.sql describes it.
type pgRelation struct {
	OID     uint32 `json:"-"`
	Served  bool   // it is in one of the schemas, and some role may use it
	Kind    string
	May     Rights // of some role, for any column
	Can     int    // PostgreSQL manual, pg_relation_is_updatable
	Takes   int    // the same of what triggers and rules of a view do, whatever its columns are
	Version string
	Rule    string // of a view
	Simple  bool   // its rows are those of one table: no children, of a view no join
	Keys    []pgKey
	Columns []struct {
		Number                                  int64
		Name                                    string
		Type                                    int64
		NotNull, Identity, Generated, Updatable bool // by a view itself
		Declared, Default, Comment              string
	}
	Computed []struct {
		Schema, Name string
		Type         int64
		Set, One     bool
	}
	Handlers []Handler

	relation Relation
	origins  []origin
}

// A pgKey is a row of pg_constraint.
type pgKey struct {
	Type, Name string
	Columns    []int64
	Relation   uint32
	References []int64
}

// relationKinds are those of pg_class, in the order of the constants.
const relationKinds = "rpvmf"

func (p *postgres) addRelation(r row.Row) error {
	c := &pgRelation{OID: uint32(r.Get("oid").Int())}
	schema, name := p.texts.get(r, "schema"), p.texts.get(r, "name")
	if err := json.Unmarshal(r.Get("relation").Raw(), c); err != nil || len(c.Kind) != 1 {
		return fmt.Errorf("cannot read the relation %s.%s: %v", schema, name, err)
	}
	c.relation = Relation{
		Schema: schema, Name: name, Comment: r.Get("comment").String(),
		Kind:   RelationKind(slices.Index([]byte(relationKinds), c.Kind[0])),
		Rights: c.May & (MaySelect | rightsOf(c.Can)), Handlers: c.Handlers, Version: c.Version,
	}
	for _, a := range c.Columns {
		settable := rightsOf(c.Takes)
		if a.Updatable {
			settable = rightsOf(c.Can)
		}
		if a.Generated {
			settable = 0
		}
		c.relation.Columns = append(c.relation.Columns, Attribute{
			Column:   Column{Name: a.Name, Type: p.typeOf(a.Type)},
			Declared: a.Declared, Nullable: !a.NotNull, Default: a.Default,
			Identity: a.Identity, Generated: a.Generated, Comment: a.Comment,
			Settable: settable & (MayInsert | MayUpdate),
		})
	}
	for _, f := range c.Computed {
		c.relation.Computed = append(c.relation.Computed, Computed{
			Schema: f.Schema, Name: f.Name, Type: p.typeOf(f.Type), Set: f.Set, One: f.One,
		})
	}
	c.origins = origins(c.Rule)
	c.Rule = ""
	p.relations = append(p.relations, c)
	return nil
}

// rightsOf returns the rights to what a relation can: a view may be one that takes no row.
func rightsOf(can int) (rights Rights) {
	for bit, right := range map[int]Rights{1 << 2: MayUpdate, 1 << 3: MayInsert, 1 << 4: MayDelete} {
		if can&bit != 0 {
			rights |= right
		}
	}
	return rights
}

// served returns the relations of the schemas with their keys, those of views included.
func (p *postgres) served() (list []Relation) {
	byOID := map[uint32]*pgRelation{}
	shown := map[uint32][]*pgRelation{} // the served views that show columns of a table
	for _, c := range p.relations {
		byOID[c.OID] = c
	}
	for _, c := range p.relations {
		for i := range c.origins {
			c.origins[i] = below(byOID, c.origins[i], 0)
			o := c.origins[i].relation
			if c.Served && o != 0 && !slices.Contains(shown[o], c) {
				shown[o] = append(shown[o], c)
			}
		}
	}
	for _, c := range p.relations {
		if !c.Served {
			continue
		}
		c.addKeys(byOID, shown, c)
		for oid, views := range shown {
			if base := byOID[oid]; base != nil && slices.Contains(views, c) {
				c.addKeys(byOID, shown, base)
			}
		}
		slices.SortStableFunc(c.relation.ForeignKeys, compareForeignKeys)
		c.sortPrimaryKey()
		c.relation.setKey(c.Simple && !slices.ContainsFunc(c.origins, func(o origin) bool {
			base := byOID[o.relation]
			return base != nil && !base.Simple
		}))
		list = append(list, c.relation)
	}
	return list
}

// sortPrimaryKey orders the key of a view by its columns: the tables below come in any order.
func (c *pgRelation) sortPrimaryKey() {
	if c.Kind != "v" && c.Kind != "m" {
		return
	}
	place := func(name string) int {
		return slices.IndexFunc(c.relation.Columns, func(a Attribute) bool { return a.Name == name })
	}
	slices.SortFunc(c.relation.PrimaryKey, func(a, b string) int { return place(a) - place(b) })
}

// below returns the column of a table that a view shows through other views.
func below(byOID map[uint32]*pgRelation, o origin, depth int) origin {
	c := byOID[o.relation]
	if c == nil || c.origins == nil || depth > 32 {
		return o
	}
	if o.column < 1 || o.column > int64(len(c.origins)) {
		return origin{}
	}
	return below(byOID, c.origins[o.column-1], depth+1)
}

// addKeys gives c the keys of a relation whose columns it shows: its own, or those of a table below
// it. A foreign key leads to the table and to every view that shows what it refers to.
func (c *pgRelation) addKeys(
	byOID map[uint32]*pgRelation, shown map[uint32][]*pgRelation, base *pgRelation,
) {
	for _, key := range base.Keys {
		for i, columns := range c.names(base, key.Columns) {
			switch {
			case key.Type == "p" && i == 0: // a view of several tables has the keys of all
				c.relation.PrimaryKey = append(c.relation.PrimaryKey, columns...)
			case key.Type != "f":
				c.relation.Unique = append(c.relation.Unique, columns)
			default:
				c.addForeignKey(byOID, shown, key, columns)
			}
		}
	}
}

func (c *pgRelation) addForeignKey(
	byOID map[uint32]*pgRelation, shown map[uint32][]*pgRelation, key pgKey, columns []string,
) {
	target := byOID[key.Relation]
	if target == nil {
		return // neither served nor shown
	}
	for _, to := range append([]*pgRelation{target}, shown[key.Relation]...) {
		if !to.Served {
			continue
		}
		for _, references := range to.names(target, key.References) {
			c.relation.ForeignKeys = append(c.relation.ForeignKeys, ForeignKey{
				Name: key.Name, Columns: columns, References: references,
				Schema: to.relation.Schema, Relation: to.relation.Name,
			})
		}
	}
}

// compareForeignKeys orders the keys of a relation, so that every load has the same order.
func compareForeignKeys(a, b ForeignKey) int {
	return cmp.Or(
		strings.Compare(a.Name, b.Name), strings.Compare(a.Schema, b.Schema),
		strings.Compare(a.Relation, b.Relation),
	)
}

// maxNames is how many ways of naming the columns of a key are found in a view.
const maxNames = 16

// names returns what c calls columns of a relation below it, or of its own: a view may show a
// column more than once. There is nothing if it does not show all of them.
func (c *pgRelation) names(base *pgRelation, numbers []int64) [][]string {
	all := [][]string{nil}
	for _, n := range numbers {
		var longer [][]string
		for _, names := range all {
			for i := range c.relation.Columns {
				shows := c == base && i == c.index(n) ||
					c != base && i < len(c.origins) && c.origins[i] == (origin{base.OID, n})
				if shows && len(longer) < maxNames {
					longer = append(longer, append(slices.Clip(names), c.relation.Columns[i].Name))
				}
			}
		}
		all = longer
	}
	return all
}

// index returns the place of the column with a number.
func (c *pgRelation) index(number int64) int {
	for i := range c.Columns {
		if c.Columns[i].Number == number {
			return i
		}
	}
	return -1
}
