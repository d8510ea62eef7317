package quirk

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

const nakagami = "github.com/nakagami/firebirdsql"

// IsFirebird reports whether a result comes from Firebird, by the driver. It looks through rows
// that have the method Unwrap() driver.Rows.
func IsFirebird(rows driver.Rows) bool { return firebirdRows(rows) != nil }

func firebirdRows(rows driver.Rows) driver.Rows {
	for ; rows != nil; rows = unwrapped(rows) {
		if driverOf(rows) == nakagami {
			return rows
		}
	}
	return nil
}

// FirebirdType returns the type of a column of a result of Firebird as SQL has it, "" if it is not
// known: INTEGER, NUMERIC(18,4), and BINARY, VARBINARY and TEXT for what SQL spells as CHAR,
// VARCHAR and BLOB with more words.
//
// The driver reports the number that stands for a NUMERIC, and one type for texts and for bytes,
// which only the subtype tells apart. That can only be seen by reflection, where the driver keeps
// it. Should the driver keep it elsewhere one day, the types are those that it reports.
func FirebirdType(rows driver.Rows, column int) string {
	base := firebirdRows(rows)
	list := fieldOf(reflect.ValueOf(base), "stmt", "resultXsqlda")
	if list.Kind() != reflect.Slice || column >= list.Len() {
		return ""
	}
	of := list.Index(column)
	kind, sub, scale := of.FieldByName("sqltype"), of.FieldByName("sqlsubtype"),
		of.FieldByName("sqlscale")
	if !kind.IsValid() || !sub.IsValid() || !scale.IsValid() {
		return ""
	}
	isOne, precision := sub.Int() == 1, 0 // the subtype of texts in BLOBs, and of octets elsewhere
	switch kind.Int() {                   // as sqlda_pub.h of Firebird numbers them
	case 452:
		return choose(isOne, "BINARY", "CHAR")
	case 448:
		return choose(isOne, "VARBINARY", "VARCHAR")
	case 520:
		return choose(isOne, "TEXT", "BLOB")
	case 482:
		return "FLOAT"
	case 480:
		return "DOUBLE PRECISION"
	case 510:
		return "TIMESTAMP"
	case 560:
		return "TIME"
	case 570:
		return "DATE"
	case 32764:
		return "BOOLEAN"
	case 500:
		precision = 4
	case 496:
		precision = 9
	case 580:
		precision = 18
	}
	names := map[int]string{4: "SMALLINT", 9: "INTEGER", 18: "BIGINT"}
	if scale.Int() < 0 && precision > 0 {
		return fmt.Sprintf("NUMERIC(%d,%d)", precision, -scale.Int())
	}
	return names[precision]
}

func choose(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

// FirebirdDecimal returns a number without an exponent, as Firebird prints it. The driver writes
// less than a millionth as 1E-7.
func FirebirdDecimal(text string) string {
	mantissa, exponent, ok := strings.Cut(text, "E-")
	n, err := strconv.Atoi(exponent)
	if !ok || err != nil || n < 1 {
		return text
	}
	digits, isNegative := strings.CutPrefix(mantissa, "-")
	digits = "0." + strings.Repeat("0", n-1) + strings.Replace(digits, ".", "", 1)
	if isNegative {
		return "-" + digits
	}
	return digits
}

// checkFirebird returns an error for a result whose times the driver reads in a zone of the
// program, where some do not exist.
func checkFirebird(rows driver.Rows) error {
	zone := fieldOf(reflect.ValueOf(rows), "stmt", "fc", "wp", "timezone")
	if zone.Kind() == reflect.String && zone.String() == "" {
		return errors.New("the driver of Firebird reads times in the program's zone, and has the " +
			"server keep statements that have failed: open the database by sql.OpenDB with a " +
			"connector of github.com/moresql/moresql/drivers/firebird")
	}
	return nil
}
