package quirk

import (
	"database/sql/driver"
	"testing"
)

// TestFirebirdDecimalsHaveNoExponent. That the driver still writes them so is seen with a server,
// in internal/firebirdtest.
func TestFirebirdDecimalsHaveNoExponent(t *testing.T) {
	for text, want := range map[string]string{
		"0E-8": "0.00000000", "1E-18": "0.000000000000000001", "-1.5E-7": "-0.00000015",
		"1.50": "1.50", "-0.001": "-0.001", "1E-x": "1E-x", "1E-0": "1E-0",
	} {
		if got := FirebirdDecimal(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// Types as the driver keeps the columns of a result.
type (
	firebirdColumn struct{ sqltype int }
	firebirdStmt   struct{ resultXsqlda []firebirdColumn }
	firebirdResult struct {
		driver.Rows
		stmt firebirdStmt
	}
)

// TestFirebirdTypesAreLookedForInItsRowsAlone: the rows of another driver are not looked into.
func TestFirebirdTypesAreLookedForInItsRowsAlone(t *testing.T) {
	rows := firebirdResult{stmt: firebirdStmt{[]firebirdColumn{{sqltype: 452}}}}
	if IsFirebird(rows) || FirebirdType(rows, 0) != "" || FirebirdType(nil, 0) != "" {
		t.Error("the rows of this package are taken for Firebird's")
	}
}
