package row

import (
	"context"
	"testing"
)

// keptRows are rawRows of a statement that is kept.
type keptRows struct {
	rawRows
	kept      *any
	zone      string
	described *int
}

func (r *keptRows) Kept() *any       { return r.kept }
func (r *keptRows) TimeZone() string { return r.zone }

func (r *keptRows) ColumnTypeDatabaseTypeName(i int) string {
	*r.described++
	return r.rawRows.ColumnTypeDatabaseTypeName(i)
}

// TestColumnsOfAKeptStatementAreMadeOnce, and what one call wants of them or has set in its session
// is not the next one's.
func TestColumnsOfAKeptStatementAreMadeOnce(t *testing.T) {
	const driverName = "!TIMESTAMPTZ"
	var kept any
	var described int
	for _, test := range []struct {
		reason, zone string
		options      Options
		name, value  string
	}{
		{reason: "the first", zone: "UTC", name: driverName, value: "2000-01-01T00:00:00+00:00"},
		{reason: "another name", zone: "UTC", options: Options{Columns: []Column{{Name: "at"}}},
			name: "at", value: "2000-01-01T00:00:00+00:00"},
		{reason: "the driver's name", zone: "UTC", name: driverName,
			value: "2000-01-01T00:00:00+00:00"},
		{reason: "another zone", zone: "Etc/GMT-1", name: driverName,
			value: "2000-01-01T01:00:00+01:00"},
	} {
		rows := opened(t)(test.options.ScanDriver(context.Background(), &keptRows{
			rawRows: rawRows{
				types: []string{driverName}, rows: [][]string{{"\x00\x00\x00\x00\x00\x00\x00\x00"}},
			},
			kept: &kept, zone: test.zone, described: &described,
		}, func(f func() error) error { return f() }))
		if got := rows.Columns()[0].Name; got != test.name {
			t.Errorf("%s: the column is %q, want %q", test.reason, got, test.name)
		}
		for r, err := range rows.All() {
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Value(0).String(); got != test.value {
				t.Errorf("%s: %s, want %s", test.reason, got, test.value)
			}
		}
		if described != 1 {
			t.Errorf("%s: the driver has described its columns %d times, want once", test.reason, described)
		}
	}
}
