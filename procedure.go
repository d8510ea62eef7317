package moresql

import (
	"context"
	"net/http"
	"slices"

	"github.com/moresql/moresql/binder"
)

// A procedure is the Resource of MoreSQL.Handler: one procedure that the program has declared.
type procedure struct {
	*config
	name      string
	caller    Caller
	traits    Traits
	described bool // the caller says its traits
	params    []Param
	names     []string
	statement Statement // with every parameter present
	operation Operation
	planFunc  func(context.Context, *Call, string) (*Plan, error) // plan, made a value once
}

// newProcedure has the statement of a call written, so that the program's mistakes show here.
func newProcedure(name string, c *config) (*procedure, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	p := &procedure{config: c, name: name, caller: c.callerOrDefault()}
	p.traits, p.described = describe(p.caller, name)
	for _, f := range c.fields {
		p.names = append(p.names, f.Name)
		p.params = append(p.params, Param{Name: f.Name, In: f.IsInput(), Out: f.IsOutput()})
	}
	var err error
	if p.statement, err = p.caller.Statement(name, p.params); err != nil {
		return nil, err
	}
	p.operation, p.planFunc = Operation{Name: name, Arguments: p.names, Bind: p.bind}, p.plan
	return p, nil
}

// Traits returns those of the procedure's statement, false if the Caller does not say them.
func (p *procedure) Traits() (Traits, bool) { return p.traits, p.described }

// Declared returns what the program has declared, for rest.Check: the name and the parameters, those
// of optional fields marked Absent.
func (p *procedure) Declared() (name string, params []Param) {
	params = slices.Clone(p.params)
	for i, f := range p.fields {
		params[i].Absent = f.IsOptional()
	}
	return p.name, params
}

// Match implements Resource: the program's router has matched the request.
func (p *procedure) Match(*http.Request) (*Operation, error) { return &p.operation, nil }

func (p *procedure) bind(r *http.Request) (*Call, error) {
	values, present, err := binder.Bind(r, p.fields, p.values, binder.Defaults())
	if err != nil {
		return nil, err
	}
	c := &Call{
		Name: p.name, Names: p.names, Values: values,
		Shape: p.shape, Status: p.status, ReadOnly: p.readOnly,
		Plan: p.planFunc, statement: p.statement,
	}
	if slices.Contains(present, false) {
		c.statement, err = p.statementFor(present)
	}
	return c, err
}

// statementFor returns the statement without the parameters that a request leaves out.
func (p *procedure) statementFor(present []bool) (Statement, error) {
	params := slices.Clone(p.params)
	for i := range params {
		params[i].Absent = !present[i]
	}
	return p.caller.Statement(p.name, params)
}

func (p *procedure) plan(_ context.Context, c *Call, _ string) (*Plan, error) {
	plan := &Plan{Statement: c.statement, Values: c.Values}
	if p.traits.Relation {
		plan.Relation, plan.Dialect = &plan.Statement, p.traits.Dialect
	}
	return plan, nil
}
