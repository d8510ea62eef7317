package row_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log"
	"os"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/moresql/moresql/row"
)

// cars returns rows as a driver returns them. Rows of a database come from row.Scan.
func cars() *row.Rows {
	return row.Of(
		[]row.Column{
			{Name: "name", Kind: row.Text}, {Name: "doors", Kind: row.Int},
			{Name: "price", Kind: row.Numeric}, {Name: "electric", Kind: row.Bool},
		},
		[]any{"Mini", int64(3), "21900.00", true},
		[]any{"Golf", int64(5), nil, false},
	)
}

// A row is an ordered map. A join may return two columns of the same name.
func ExampleRow_All() {
	rows := row.Of([]row.Column{{Name: "id"}, {Name: "owner"}, {Name: "id"}},
		[]any{int64(7), "Ada", int64(42)})
	for r, err := range rows.All() {
		if err != nil {
			log.Fatal(err)
		}
		for name, value := range r.All() {
			fmt.Println(name, value)
		}
		fmt.Println("the first:", r.Get("id"))
	}
	// Output:
	// id 7
	// owner Ada
	// id 42
	// the first: 7
}

func ExampleRow_Map() {
	page := template.Must(template.New("cars").Parse(
		`<li>{{.name}}, {{.doors}} doors{{with .price}}, {{.}} €{{end}}{{if .electric}}, ` +
			`electric{{end}}</li>` + "\n"))
	for r, err := range cars().All() {
		if err != nil {
			log.Fatal(err)
		}
		if err := page.Execute(os.Stdout, r.Map()); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// <li>Mini, 3 doors, 21900.00 €, electric</li>
	// <li>Golf, 5 doors</li>
}

// A row is valid until the next step. Clone keeps it.
func ExampleRow_Clone() {
	var first row.Row
	for r, err := range cars().All() {
		if err != nil {
			log.Fatal(err)
		}
		if first.Len() == 0 {
			first = r.Clone()
		}
	}
	fmt.Println(first.Get("name"))
	// Output: Mini
}

func ExampleValue_Any() {
	for r, err := range cars().All() {
		if err != nil {
			log.Fatal(err)
		}
		for name, value := range r.All() {
			fmt.Printf("%s: %T\n", name, value.Any())
		}
		break
	}
	// Output:
	// name: string
	// doors: int64
	// price: string
	// electric: bool
}

func ExampleValue_Array() {
	rows := row.Of([]row.Column{{Name: "board", Kind: row.Array, Elem: row.Text}},
		[]any{`{{x,NULL},{"a,b",o}}`})
	for r, err := range rows.All() {
		if err != nil {
			log.Fatal(err)
		}
		array, steps := r.Get("board").Array(), []any{}
		for token := row.Open; token != row.End; {
			if token, err = array.Next(); err != nil {
				log.Fatal(err)
			}
			switch token {
			case row.Open:
				steps = append(steps, "(")
			case row.Close:
				steps = append(steps, ")")
			case row.Element:
				steps = append(steps, array.Value().Any())
			}
		}
		fmt.Println(steps...)
		fmt.Println(r.Get("board").Any()) // all at once
	}
	// Output:
	// ( ( x <nil> ) ( a,b o ) )
	// [[x <nil>] [a,b o]]
}

// Of stands in for a database in the test of an encoder, or passes rows from elsewhere to one.
func ExampleOf() {
	rows := row.Of([]row.Column{{Name: "n", Kind: row.Int}, {Name: "at", Kind: row.TimestampTZ}},
		[]any{int64(1), "2024-01-02 03:04:05.5+02"},
		[]any{"2", nil}, // a driver may return a number as text
	)
	for r, err := range rows.All() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.Get("n").Int(), r.Get("at"), r.Get("at").IsNull())
	}
	// Output:
	// 1 2024-01-02T03:04:05.5+02:00 false
	// 2  true
}

// Scan reads any result of database/sql, not only that of a procedure.
func ExampleScan() {
	db, expect, err := sqlmock.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	expect.ExpectQuery("SELECT").WillReturnRows(sqlmock.NewRowsWithColumnDefinition(
		sqlmock.NewColumn("price").OfType("NUMERIC", "")).AddRow([]byte("1999.90")))
	result, err := db.Query("SELECT price FROM cars")
	if err != nil {
		fmt.Println(err)
		return
	}
	rows, err := row.Scan(result)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rows.Close()
	for r, err := range rows.All() {
		fmt.Println(r.Get("price").Kind(), r.Get("price"), err)
	}
	// Output: numeric 1999.90 <nil>
}

// twoRows is what a driver returns for a query.
type twoRows struct{ given int }

func (*twoRows) Columns() []string                       { return []string{"id", "name"} }
func (*twoRows) ColumnTypeDatabaseTypeName(i int) string { return []string{"INT4", "TEXT"}[i] }
func (*twoRows) Close() error                            { return nil }
func (r *twoRows) Next(dest []driver.Value) error {
	if r.given++; r.given > 2 {
		return io.EOF
	}
	dest[0], dest[1] = int64(r.given), []byte("driver's own bytes")
	return nil
}

func ExampleOptions_ScanDriver() {
	// For a connection of database/sql, hold calls use within sql.Conn.Raw.
	hold := func(use func() error) error { return use() }
	options := row.Options{Batches: true} // nothing waits for the first row
	rows, err := options.ScanDriver(context.Background(), &twoRows{}, hold)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rows.Close()
	for r, err := range rows.All() {
		fmt.Println(r.Get("id").Int(), r.Get("name"), err)
	}
	// Output:
	// 1 driver's own bytes <nil>
	// 2 driver's own bytes <nil>
}

func ExampleRows_Each() {
	columns := []row.Column{{Name: "name", Kind: row.Text}, {Name: "price", Kind: row.Int}}
	rows := row.Of(columns, []any{"2CV", int64(4000)}, []any{"DS", nil}, []any{"SM", int64(25000)})
	rows.Each(func(r *row.Row) error {
		if r.Get("price").IsNull() {
			return row.ErrSkip
		}
		v, err := row.ValueOf(r.Get("price").Int() / 1000)
		r.Set(1, v)
		return err
	})
	for r, err := range rows.All() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(r.Get("name"), r.Get("price"))
	}
	// Output:
	// 2CV 4
	// SM 25
}

func ExampleRows_Meta() {
	columns := []row.Column{
		{Name: "total", Kind: row.Int},
		{Name: "here", Kind: row.Bool},
		{Name: "name", Kind: row.Text},
	}
	options := row.Options{Meta: 2}
	rows := options.Of(columns, []any{int64(3), true, "2CV"}, []any{int64(3), true, "DS"})
	meta, err := rows.Meta()
	fmt.Println("of", meta[0], err)
	for r := range rows.All() {
		fmt.Println(r.Len(), r.Get("name"))
	}
	// Output:
	// of 3 <nil>
	// 1 2CV
	// 1 DS
}

func ExampleOptions() {
	options := row.Options{
		Kinds: map[string]row.Kind{"features": row.JSON}, // which the driver takes for text
	}
	columns := []row.Column{{Name: "id", Kind: row.Int}, {Name: "features", Kind: row.Text}}
	rows := options.Of(columns, []any{int64(7), `["targa"]`})
	for r := range rows.All() {
		fmt.Println(r.Get("id").Kind(), r.Get("features").Kind())
	}
	// Output: int json
}

func ExampleOptions_columns() {
	options := row.Options{Columns: []row.Column{{Name: "number"}}} // the others stay as they are
	rows := options.Of([]row.Column{{Name: "id"}, {Name: "name"}}, []any{int64(7), "2CV"})
	for r := range rows.All() {
		fmt.Println(r.Get("number"), r.Get("name"))
	}
	// Output: 7 2CV
}

func ExampleRows_As() {
	rows := cars()
	err := rows.As(row.One)
	var count *row.CountError
	fmt.Println(errors.As(err, &count), err)

	empty := row.Of([]row.Column{{Name: "name"}})
	fmt.Println(errors.Is(empty.As(row.One), sql.ErrNoRows))
	fmt.Println(empty.As(row.Maybe))
	// Output:
	// true the result has more than one row where exactly one is expected
	// true
	// <nil>
}

// Finish reports an error of the database after the rows that an encoder has used.
func ExampleRows_Finish() {
	rows := cars()
	for r, err := range rows.All() {
		fmt.Println(r.Get("name"), err)
		break
	}
	fmt.Println(rows.Ended())
	fmt.Println(rows.Finish(), rows.Ended())
	// Output:
	// Mini <nil>
	// false
	// <nil> true
}

func ExampleRow_Set() {
	rows := row.Of([]row.Column{{Name: "price"}}, []any{int64(4000)})
	for r := range rows.All() {
		v, err := row.ValueOf(4.5)
		r.Set(0, v)
		fmt.Println(r.Get("price"), err)
	}
	// Output: 4.5 <nil>
}

func ExampleValueOf() {
	v, err := row.ValueOf([]byte("hi"))
	fmt.Println(v, v.Kind(), err)
	// Output: \x6869 bytes <nil>
}

// sent are rows as a driver of PostgreSQL has them when they arrive: numbers in the binary format.
type sent struct{ rows [][][]byte }

func (s *sent) Columns() []string         { return []string{"name", "doors"} }
func (s *sent) Next([]driver.Value) error { return errors.New("is not called") }
func (s *sent) Close() error              { return nil }

func (s *sent) ColumnTypeDatabaseTypeName(i int) string { return []string{"TEXT", "INT2"}[i] }
func (s *sent) Binary(i int) bool                       { return i == 1 }
func (s *sent) TimeZone() string                        { return "UTC" }

func (s *sent) NextRaw() ([][]byte, error) {
	if len(s.rows) == 0 {
		return nil, io.EOF
	}
	values := s.rows[0]
	s.rows = s.rows[1:]
	return values, nil
}

func ExampleRawRows() {
	driverRows := &sent{rows: [][][]byte{{[]byte("Mini"), {0, 3}}, {[]byte("2CV"), nil}}}
	rows, err := row.Options{}.ScanDriver(context.Background(), driverRows,
		func(f func() error) error { return f() })
	if err != nil {
		log.Fatal(err)
	}
	defer rows.Close()
	for r, err := range rows.All() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.Get("name"), r.Get("doors").Any())
	}

	// Output:
	// Mini 3
	// 2CV <nil>
}
