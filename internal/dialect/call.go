package dialect

import (
	"errors"
	"fmt"
	"slices"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/row"
)

// A Param is one parameter of a call.
type Param struct {
	Name   string // "" for an argument that has only its place
	Absent bool   // it is optional and has no value
	In     bool   // it takes a value, as all but OUT parameters do
	Out    bool   // the procedure sets it: an OUT or, with In, an INOUT parameter
}

// Params returns parameters of a type that has the same fields.
func Params[P ~struct {
	Name            string
	Absent, In, Out bool
}](params []P) []Param {
	list := make([]Param, len(params))
	for i, p := range params {
		list[i] = Param(p)
	}
	return list
}

// A Statement is what one call sends.
type Statement struct {
	Query string
	Bind  []int      // for each placeholder that takes a value the place of the value
	Then  *Statement // what is sent next, on the same connection; the last result is the call's

	// Outs are what the database returns through placeholders after those of Bind, as sql.Out
	// arguments: the columns of the one row that is the result of the call. Other results are
	// dropped. A Kind of Null leaves open what a value is; without a declaration it is text.
	Outs []row.Column

	// Columns describe the result where a catalog knows more of it than the driver, nil elsewhere.
	Columns []row.Column
}

// A call is the call of one routine.
type call struct {
	name   string
	params []Param
	named  bool            // arguments are passed by name, and those that are absent left out
	types  []*catalog.Type // of the params, nil without a catalog
}

// typeOf returns the type of a parameter, nil if it is not known.
func (c call) typeOf(param int) *catalog.Type {
	if c.types == nil {
		return nil
	}
	return c.types[param]
}

// Function returns the call of a function that returns rows: SELECT * FROM f($1, $2). With named,
// arguments that have names are passed by them, and absent ones are left out. Bind has indexes of
// params. It is an error if the database has no such functions or no such notation, or cannot
// spell the name.
func (d *Dialect) Function(name string, params []Param, named bool) (Statement, error) {
	if err := d.Check(); err != nil {
		return Statement{}, err
	}
	if slices.ContainsFunc(params, func(p Param) bool { return p.Out }) {
		return Statement{}, errors.New("a function's OUT parameters come back as columns and have " +
			"no place in the call: leave Out and InOut out")
	}
	c := call{name: name, params: params, named: named}
	if err := d.checkNamed(c); err != nil {
		return Statement{}, err
	}
	if d.function == nil {
		return Statement{}, fmt.Errorf("%s has no functions that return rows: use Procedure", d)
	}
	return d.function(d, c)
}

// Procedure returns the call of a procedure, as Function does: CALL p($1, $2).
func (d *Dialect) Procedure(name string, params []Param, named bool) (Statement, error) {
	if err := d.Check(); err != nil {
		return Statement{}, err
	}
	if d.procedure == nil {
		return Statement{}, fmt.Errorf("%s has no procedures: use Function or named statements", d)
	}
	c := call{name: name, params: params, named: named}
	if err := d.checkNamed(c); err != nil {
		return Statement{}, err
	}
	return d.procedure(d, c)
}

// selectFrom calls a function that may stand in FROM.
func selectFrom(d *Dialect, c call) (Statement, error) { return d.invoke("SELECT * FROM ", c) }

// callProcedure calls a procedure as standard SQL does.
func callProcedure(d *Dialect, c call) (Statement, error) { return d.invoke("CALL ", c) }

// invoke writes a verb, a name and the arguments in parentheses.
func (d *Dialect) invoke(verb string, c call) (Statement, error) {
	name, err := d.QuoteName(c.name)
	if err != nil {
		return Statement{}, err
	}
	s := Statement{Bind: make([]int, 0, len(c.params))}
	query := append([]byte(verb+name), '(')
	for i, p := range c.params {
		if c.named && p.Absent {
			continue
		}
		if len(s.Bind) > 0 {
			query = append(query, ", "...)
		}
		if c.named && p.Name != "" {
			quoted, err := d.Quote(p.Name)
			if err != nil {
				return Statement{}, err
			}
			query = append(append(query, quoted...), d.namedBy...)
		}
		s.Bind = append(s.Bind, i)
		query = d.AppendPlaceholder(query, len(s.Bind))
	}
	s.Query = string(append(query, ')'))
	return s, nil
}

func (d *Dialect) checkNamed(c call) error {
	if c.named && d.namedBy == "" {
		return fmt.Errorf("%v has no named notation: leave Named out", d)
	}
	return nil
}

// Routine returns the call of a routine of a catalog with the parameters that are given, each
// bound to its value: Bind has indexes of given, and len(given) stands for NULL. It reports false
// if the dialect has no way of its own to call the routine.
func (d *Dialect) Routine(
	r *catalog.Routine, given []*catalog.Param,
) (s Statement, ok bool, err error) {
	if d.routine == nil {
		return Statement{}, false, nil
	}
	return d.routine(d, r, given)
}

// Relation returns the call of a function of a catalog as what Select filters, with its values as
// they are. It is an error for a routine whose rows have no columns to name, and where the
// dialect cannot say.
func (d *Dialect) Relation(r *catalog.Routine, given []*catalog.Param) (Inner, error) {
	if d.relation == nil {
		return Inner{}, fmt.Errorf("%s: %s does not report the columns of a result", r, d)
	}
	return d.relation(d, r, given)
}

// paramsOf returns a routine's parameters as those of a call, and for each the place of its value
// among those given, len(given) for NULL.
func paramsOf(r *catalog.Routine, given []*catalog.Param) (params []Param, values []int) {
	for i := range r.Params {
		p := &r.Params[i]
		in := p.Mode != catalog.Out
		at := slices.Index(given, p)
		if at < 0 {
			at = len(given)
		}
		params = append(params, Param{
			Name: p.Name, Absent: in && at == len(given),
			In: in, Out: p.Mode == catalog.Out || p.Mode == catalog.InOut,
		})
		values = append(values, at)
	}
	return params, values
}

// catalogName returns a routine's name as QuoteName takes it.
func catalogName(r *catalog.Routine) string {
	if r.Schema == "" {
		return JoinName(r.Name)
	}
	return JoinName(r.Schema, r.Name)
}

// Rebound returns the statement and those after it with other values bound: what was the i-th
// parameter's becomes the value at values[i].
func (s Statement) Rebound(values []int) Statement {
	bind := make([]int, len(s.Bind))
	for i, param := range s.Bind {
		bind[i] = values[param]
	}
	s.Bind = bind
	if s.Then != nil {
		then := s.Then.Rebound(values)
		s.Then = &then
	}
	return s
}

// Noop returns a statement that does nothing.
func (d *Dialect) Noop() string { return "SELECT 1" + d.fromOne }

// NoRows returns one without a row.
func (d *Dialect) NoRows() string { return "SELECT 1" + d.fromOne + " WHERE NULL IS NOT NULL" }
