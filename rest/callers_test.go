package rest_test

import "github.com/moresql/moresql"

// The three ways of wrapping a Caller that keep its abilities.
type (
	embedding  struct{ moresql.Function }       // Describe is promoted
	wrapping   struct{ inner moresql.Caller }   // Describe is found by Unwrap
	describing struct{ inner moresql.Function } // Describe is written out
)

func (w wrapping) Unwrap() moresql.Caller { return w.inner }

func (w wrapping) Statement(p string, params []moresql.Param) (moresql.Statement, error) {
	return w.inner.Statement(p, params)
}

func (d describing) Describe(proc string) moresql.Traits { return d.inner.Describe(proc) }

func (d describing) Statement(p string, params []moresql.Param) (moresql.Statement, error) {
	return d.inner.Statement(p, params)
}

var wrapped = map[string]moresql.Caller{
	"embedding":     embedding{},
	"Unwrap":        wrapping{moresql.Function{}},
	"Unwrap, twice": wrapping{wrapping{moresql.Function{}}},
	"Describe":      describing{},
}
