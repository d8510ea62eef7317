package catalog

import "slices"

// A Relation is a table, or what is read like one. A partition is part of its table.
type Relation struct {
	Schema, Name string // as the database spells them, unquoted
	Kind         RelationKind
	Columns      []Attribute
	PrimaryKey   []string   // its columns; of a view, those that show the keys of the tables below
	Unique       [][]string // the columns of other keys

	// Key are the columns that tell every row from all others, none of which is NULL: the primary key,
	// or else another key. It is nil if there is none, as of a table with children, whose rows it
	// shows, and of a view that may show a row of a table more than once.
	Key []string

	// Version is a column besides Columns whose value in a row is another one after each change of
	// that, xmin of PostgreSQL; "" if there is none, or some role may read other columns alone.
	Version string

	// PartlyUnique says that rows of a table of MySQL or MariaDB have to differ also by what is no
	// key: the beginning of a column, or an expression.
	PartlyUnique bool

	ForeignKeys []ForeignKey
	Computed    []Computed
	Handlers    []Handler // those of this relation first
	Rights      Rights
	Comment     string // as the database has it, or ""
}

// String returns the relation's name with its schema, for messages. It is not quoted.
func (r *Relation) String() string {
	if r.Schema == "" {
		return r.Name
	}
	return r.Schema + "." + r.Name
}

// Column returns the column with a name, nil if there is none.
func (r *Relation) Column(name string) *Attribute {
	i := slices.IndexFunc(r.Columns, func(a Attribute) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Columns[i]
}

// isUnique reports whether columns include those of a key, so that no two rows have the same.
func (r *Relation) isUnique(columns []string) bool {
	return r.PrimaryKey != nil && includes(columns, r.PrimaryKey) ||
		slices.ContainsFunc(r.Unique, func(key []string) bool { return includes(columns, key) })
}

// setKey sets Key. isSimple says that the rows are those of one table, each at most once.
func (r *Relation) setKey(isSimple bool) {
	switch {
	case !isSimple:
	case r.PrimaryKey != nil:
		r.Key = r.PrimaryKey
	case r.Kind != View: // whether a view's column is ever NULL is not known
		i := slices.IndexFunc(r.Unique, func(key []string) bool {
			return !slices.ContainsFunc(key, func(name string) bool { return r.Column(name).Nullable })
		})
		if i >= 0 {
			r.Key = r.Unique[i]
		}
	}
}

// withUniqueTargets leaves out foreign keys that may lead to more rows than one, which InnoDB and
// SQLite let a table declare.
func withUniqueTargets(relations []Relation) []Relation {
	index := indexRelations(relations)
	for i := range relations {
		r := &relations[i]
		r.ForeignKeys = slices.DeleteFunc(r.ForeignKeys, func(k ForeignKey) bool {
			to := index[relationKey{k.Schema, k.Relation}]
			return to == nil || !to.isUnique(k.References)
		})
	}
	return relations
}

// includes reports whether all of part are in list.
func includes(list, part []string) bool {
	return !slices.ContainsFunc(part, func(s string) bool { return !slices.Contains(list, s) })
}

// A RelationKind is what a Relation is in the database.
type RelationKind uint8

const (
	Table RelationKind = iota
	PartitionedTable
	View
	MaterializedView
	ForeignTable
)

// String returns the kind as SQL writes it.
func (k RelationKind) String() string {
	return nameOf(k, "TABLE", "PARTITIONED TABLE", "VIEW", "MATERIALIZED VIEW", "FOREIGN TABLE")
}

// An Attribute is a column of a Relation.
type Attribute struct {
	Column
	Declared  string // the type with its length: character varying(20)
	Nullable  bool
	Default   string // an expression of SQL, or ""
	Identity  bool   // GENERATED … AS IDENTITY
	Generated bool   // GENERATED ALWAYS AS (…), from other columns
	Settable  Rights // MayInsert and MayUpdate, whoever does it: neither of what is computed
	Comment   string
}

// A ForeignKey says that the values of Columns are those of one row of another relation, or NULL.
// A view has those of the tables that it shows, as far as it has all columns of the key, and a key
// that leads to a table leads to such views of that as well.
type ForeignKey struct {
	Name             string // of the constraint
	Columns          []string
	Schema, Relation string   // what it refers to
	References       []string // the columns there, one for each of Columns
}

// A Computed is a function of one row of a relation, which is read like a column. One that returns
// rows of another relation leads to these.
type Computed struct {
	Schema, Name string
	Type         *Type
	Set          bool // SETOF: any number of rows
	One          bool // one row at most: it is no SETOF, or says ROWS 1
}

// A Handler is an aggregate that makes a document of rows of a relation (PostgREST's documentation,
// "Media Type Handlers").
type Handler struct {
	Schema, Name string
	MediaType    string // the name of the domain that it returns: text/xml, or */* for any
	OfAny        bool   // it takes rows of any columns, and not whole rows of this relation alone
}

// Rights are what a relation lets some role of the login do, as bits. Some columns may be excepted.
type Rights uint8

const (
	MaySelect Rights = 1 << iota
	MayInsert
	MayUpdate
	MayDelete
)

// May reports whether all of some rights are there.
func (r Rights) May(rights Rights) bool { return r&rights == rights }
