package catalog

import (
	"slices"
	"strings"
)

// A Relationship leads from each row of one relation to rows of another: by a foreign key of one of
// the two, by two foreign keys of a relation between them, or by a function.
type Relationship struct {
	Cardinality Cardinality
	From, To    *Relation
	Name        string   // of the foreign key, the one that leads to From, or of the function
	Columns     []string // of From, nil for a function
	References  []string // of To, or of Through, one for each of Columns

	Through    *Relation // between From and To, nil unless it is ManyToMany
	SecondName string    // of the foreign key that leads from Through to To
	ThroughTo  []string  // of Through
	ToColumns  []string  // of To, one for each of ThroughTo

	Computed *Computed // the function, or nil
}

// A Cardinality says how many rows are on each side of a Relationship.
type Cardinality uint8

const (
	ManyToOne Cardinality = iota
	OneToMany
	OneToOne
	ManyToMany
)

// String returns the cardinality in words.
func (c Cardinality) String() string {
	return nameOf(c, "many-to-one", "one-to-many", "one-to-one", "many-to-many")
}

// ToOne reports whether each row leads to one row at most.
func (r *Relationship) ToOne() bool {
	return r.Cardinality == ManyToOne || r.Cardinality == OneToOne
}

// relate returns the relationships of each relation: by foreign keys in both directions, through
// tables whose primary key consists of two of them, and by functions.
func relate(
	relations []Relation, index map[relationKey]*Relation,
) map[*Relation][]Relationship {
	all := map[*Relation][]Relationship{}
	for i := range relations {
		from := &relations[i]
		for _, key := range from.ForeignKeys {
			to := index[relationKey{key.Schema, key.Relation}]
			if to == nil {
				continue
			}
			forth, back := ManyToOne, OneToMany
			if from.isUnique(key.Columns) {
				forth, back = OneToOne, OneToOne
			}
			all[from] = append(all[from], Relationship{
				Cardinality: forth, From: from, To: to, Name: key.Name, Columns: key.Columns,
				References: key.References,
			})
			all[to] = append(all[to], Relationship{
				Cardinality: back, From: to, To: from, Name: key.Name, Columns: key.References,
				References: key.Columns,
			})
		}
		for j := range from.Computed {
			c := &from.Computed[j]
			t := c.Type.Underlying()
			if t == nil || t.Kind != Composite {
				continue
			}
			if to := index[relationKey{t.Schema, t.Name}]; to != nil {
				cardinality := OneToMany
				if c.One {
					cardinality = ManyToOne
				}
				all[from] = append(all[from], Relationship{
					Cardinality: cardinality, From: from, To: to, Name: c.Name, Computed: c,
				})
			}
		}
	}
	for i := range relations {
		relateThrough(all, index, &relations[i])
	}
	for _, list := range all {
		slices.SortStableFunc(list, func(a, b Relationship) int {
			return strings.Compare(a.To.Name, b.To.Name)
		})
	}
	return all
}

// relateThrough adds the relationships through one relation.
func relateThrough(
	all map[*Relation][]Relationship, index map[relationKey]*Relation, through *Relation,
) {
	for i, first := range through.ForeignKeys {
		for j, second := range through.ForeignKeys {
			from := index[relationKey{first.Schema, first.Relation}]
			to := index[relationKey{second.Schema, second.Relation}]
			both := append(slices.Clip(first.Columns), second.Columns...)
			if i == j || first.Name == second.Name || from == nil || to == nil ||
				through.PrimaryKey == nil || !includes(through.PrimaryKey, both) {
				continue
			}
			all[from] = append(all[from], Relationship{
				Cardinality: ManyToMany, From: from, To: to, Name: first.Name,
				Columns: first.References, References: first.Columns, Through: through,
				SecondName: second.Name, ThroughTo: second.Columns, ToColumns: second.References,
			})
		}
	}
}

// A relationKey is the schema and the name of a relation.
type relationKey [2]string

func indexRelations(relations []Relation) map[relationKey]*Relation {
	index := make(map[relationKey]*Relation, len(relations))
	for i := range relations {
		r := &relations[i]
		index[relationKey{r.Schema, r.Name}] = r
	}
	return index
}

// Relations returns all tables, views and the like: the schemas in the order of Schemas, in each
// schema by name. The slice must not be modified.
func (s *Snapshot) Relations() []Relation { return s.relations }

// Relation returns the relation with a schema and a name, nil if there is none. Without a schema it
// is that of the first schema that has one of the name. It must not be modified.
func (s *Snapshot) Relation(schema, name string) *Relation {
	if schema != "" {
		return s.index[relationKey{schema, name}]
	}
	for _, schema := range s.names {
		if r := s.index[relationKey{schema, name}]; r != nil {
			return r
		}
	}
	return nil
}

// Relationships returns what leads from a relation of the Snapshot to others. The slice must not be
// modified.
func (s *Snapshot) Relationships(from *Relation) []Relationship { return s.relationships[from] }
