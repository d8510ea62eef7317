package faulttest

import "testing"

// TestScaleDependsOnEnvironment tests the helpers: without make test-faults the tests do little.
func TestScaleDependsOnEnvironment(t *testing.T) {
	t.Setenv("MORESQL_FAULTS", "")
	few := scale(100, 1)
	t.Setenv("MORESQL_FAULTS", "all")
	if all := scale(100, 1); few != 1 || all != 100 || len(formats()) == 0 || offered() == nil {
		t.Errorf("%d of %d", few, all)
	}
}
