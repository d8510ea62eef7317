package dataset

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/lib/pq"
)

// Date is a day that marshals as to_json writes it, where a time.Time has a time of day. It scans
// through database/sql and pgx.
type Date struct{ time.Time }

// Time is a point in time that marshals as to_json writes it, with the offset +00:00 where a
// time.Time has Z.
type Time struct{ time.Time }

const timeLayout = "2006-01-02T15:04:05.999999-07:00"

// Scan implements sql.Scanner.
func (d *Date) Scan(v any) error { return scanTime(&d.Time, v) }

// Scan implements sql.Scanner.
func (t *Time) Scan(v any) error { return scanTime(&t.Time, v) }

func scanTime(t *time.Time, v any) error {
	got, ok := v.(time.Time)
	if !ok {
		return fmt.Errorf("%T is no time", v)
	}
	*t = got
	return nil
}

// ScanDate implements pgtype.DateScanner.
func (d *Date) ScanDate(v pgtype.Date) error {
	if !v.Valid || v.InfinityModifier != pgtype.Finite {
		return fmt.Errorf("%v is no day", v)
	}
	d.Time = v.Time
	return nil
}

// ScanTimestamptz implements pgtype.TimestamptzScanner.
func (t *Time) ScanTimestamptz(v pgtype.Timestamptz) error {
	if !v.Valid || v.InfinityModifier != pgtype.Finite {
		return fmt.Errorf("%v is no time", v)
	}
	t.Time = v.Time
	return nil
}

// MarshalJSON implements json.Marshaler.
func (d Date) MarshalJSON() ([]byte, error) { return quoted(d.Time, time.DateOnly) }

// MarshalJSON implements json.Marshaler.
func (t Time) MarshalJSON() ([]byte, error) { return quoted(t.Time, timeLayout) }

func quoted(t time.Time, layout string) ([]byte, error) {
	b := make([]byte, 0, len(layout)+2)
	b = append(b, '"')
	b = t.AppendFormat(b, layout)
	return append(b, '"'), nil
}

// Strings is a text[]. It scans through database/sql and, as a pgtype.ArraySetter, through pgx.
type Strings []string

// Scan implements sql.Scanner.
func (s *Strings) Scan(v any) error { return (*pq.StringArray)(s).Scan(v) }

// SetDimensions implements pgtype.ArraySetter.
func (s *Strings) SetDimensions(d []pgtype.ArrayDimension) error {
	return (*pgtype.FlatArray[string])(s).SetDimensions(d)
}

// ScanIndex implements pgtype.ArraySetter.
func (s Strings) ScanIndex(i int) any { return pgtype.FlatArray[string](s).ScanIndex(i) }

// ScanIndexType implements pgtype.ArraySetter.
func (s Strings) ScanIndexType() any { return new(string) }
