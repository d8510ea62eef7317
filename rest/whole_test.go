package rest_test

import (
	"io"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

// A whole is an encoder that needs all rows, at most two, and writes its title alone.
type whole struct {
	encoder.Encoder
	title string
}

func newWhole() encoder.Encoder { return whole{Encoder: encoder.Func("text/whole", nil)} }

func (whole) MaxRows() int64 { return 2 }

func (e whole) Frames() (more, total bool) { return false, false }

func (e whole) Framed(f encoder.Frame) encoder.Encoder { return whole{e.Encoder, f.Title} }

func (e whole) Encode(w io.Writer, rows *row.Rows) error {
	for _, err := range rows.All() {
		if err != nil {
			return err
		}
		if rows.Passed() > 2 {
			return &encoder.UnsupportedError{Err: io.ErrShortBuffer}
		}
	}
	_, err := io.WriteString(w, e.title)
	return err
}

// An encoder that needs a result as a whole is sent one row more than it takes, by the database,
// and what it refuses has had no effect. A page that is smaller stays what it is.
func TestEncoderLimitsTheRowsOfTheDatabase(t *testing.T) {
	three := [][]any{{1}, {2}, {3}}
	for _, test := range []struct {
		reason, query string
		option        moresql.Option
		limit, rows   int
		status        int
		link          string
	}{
		{reason: "no limit", limit: 3, rows: 2, status: 200},
		{reason: "more rows", limit: 3, rows: 3, status: 406},
		{reason: "a smaller page", query: "?limit=1", limit: 1, rows: 1, status: 200,
			link: `<?limit=1&offset=1>; rel="next"`},
		{reason: "a larger page", query: "?limit=9", limit: 3, rows: 3, status: 406},
		{reason: "a smaller page of the server", option: rest.MaxPage(2), limit: 2, rows: 2, status: 200,
			link: `<?limit=2&offset=2>; rel="next"`},
	} {
		db, expect := mock(t)
		expect.ExpectQuery(columnsOfF).WithArgs(0).WillReturnRows(result("n"))
		expect.ExpectBegin()
		expect.ExpectQuery(`SELECT t."n" ` + fromF + ` LIMIT $1::bigint`).WithArgs(test.limit).
			WillReturnRows(result("n", three[:test.rows]...))
		if test.status == 200 {
			expect.ExpectCommit()
		} else {
			expect.ExpectRollback()
		}
		options := []moresql.Option{rest.Query(), moresql.Encoders(encoder.JSON(), newWhole())}
		if test.option != nil {
			options = append(options, test.option)
		}
		r := get("/" + test.query)
		r.Header.Set("Accept", "text/whole")
		w := serve(moresql.New(db, quiet).Handler("f", options...), r)
		if w.Code != test.status || w.Header().Get("Link") != test.link {
			t.Errorf("%s: %d %v %s", test.reason, w.Code, w.Header(), w.Body)
		}
	}
}

// Without a filter the statement stays as it is, and is a transaction of its own all the same.
func TestEncoderOfTheWholeUndoesWhatItRefuses(t *testing.T) {
	for rows, status := range map[int]int{2: 200, 3: 406} {
		db, expect := mock(t)
		expect.ExpectBegin()
		expect.ExpectQuery("SELECT * FROM f()").
			WillReturnRows(result("n", [][]any{{1}, {2}, {3}}[:rows]...))
		if status == 200 {
			expect.ExpectCommit()
		} else {
			expect.ExpectRollback()
		}
		r := post("/", "")
		r.Header.Set("Accept", "text/whole")
		h := moresql.New(db, quiet).Handler("f", moresql.Encoders(encoder.JSON(), newWhole()))
		if w := serve(h, r); w.Code != status {
			t.Errorf("%d rows: %d %s", rows, w.Code, w.Body)
		}
	}
}

// The title of a result is the first line of the comment on its routine, or else its name.
func TestTitleIsTheComment(t *testing.T) {
	for comment, want := range map[string]string{
		"": "add", "\n Sums \r\nand more": "Sums", "Sums": "Sums",
	} {
		described := add
		described.Comment = comment
		db, expect := mock(t)
		expect.ExpectBegin()
		expect.ExpectQuery(addQuery).WithArgs("1", "2").WillReturnRows(result("add", []any{3}))
		expect.ExpectRollback() // of what only reads
		m := moresql.New(db, quiet, moresql.Encoders(newWhole(), encoder.JSON()))
		w := serve(rest.Routines(m, catalog.Of(described)), get("/add?a=1&b=2"))
		if w.Body.String() != want {
			t.Errorf("%q: %d %s, want %s", comment, w.Code, w.Body, want)
		}
	}
}
