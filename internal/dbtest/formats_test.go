package dbtest

import (
	"database/sql"
	"errors"
	"fmt"
	"html/template"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/arrow"
	"github.com/moresql/moresql/encoder/msgpack"
	"github.com/moresql/moresql/internal/racetest"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/row"
)

var formatSchema = []string{
	`DROP SCHEMA IF EXISTS formats CASCADE`, `CREATE SCHEMA formats`,
	`CREATE FUNCTION formats.rows(n int) RETURNS TABLE (id int, name text, price numeric, flag bool)
		LANGUAGE sql STABLE AS $$
		SELECT i, CASE i % 7 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'a,"b"' || chr(10) || '<i>&'
		WHEN 3 THEN 'Ünï' || chr(8217) ELSE 'name ' || i END,
			i / 100.0, CASE i % 3 WHEN 0 THEN NULL ELSE i % 3 = 1 END FROM generate_series(1, n) i $$`,
	`CREATE FUNCTION formats.broken(n int) RETURNS TABLE (id int, name text, price numeric, flag bool)
		LANGUAGE sql STABLE AS $$
		SELECT id, name, price / (n - id), flag FROM formats.rows(n) $$`,
}

// A format is an encoder and an independent decoder of what it writes, which returns the texts of
// the values in the order of the columns.
type format struct {
	encoder encoder.Encoder
	read    func(document []byte) ([][]string, error)
	noNulls bool // the decoder cannot distinguish NULL from an empty text
}

var formats = []format{
	{encoder.JSON(), readJSON, false},
	{encoder.Compact(), readCompact, false},
	{encoder.NDJSON(), readLines, false},
	{encoder.CSV(), readCSV, true},
	{encoder.HTML(), readTable, false},
	{msgpack.Encoder(), readMessagePack, false},
	{arrow.Encoder(), readArrow, false},
}

// offer lets the client choose among formats.
func offer() moresql.Option {
	var list []encoder.Encoder
	for _, f := range formats {
		list = append(list, f.encoder)
	}
	return moresql.Encoders(list...)
}

// TestFormatsDecodeToTheSameRows requests every format by Accept, from RPC and from a handler, and
// reads it with independent decoders.
func TestFormatsDecodeToTheSameRows(t *testing.T) {
	setUp(t, openPostgres(t), formatSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		base := formatServer(t, db)
		for _, n := range []int{0, 1, 2000} {
			want := rowsAsText(t, db, n)
			for _, f := range formats {
				for _, path := range []string{"/rpc/rows", "/rows"} {
					mediaType, _, _ := strings.Cut(f.encoder.MediaType(), ";")
					a := send(t, "GET", fmt.Sprintf("%s%s?n=%d", base, path, n), "", "Accept",
						mediaType+", */*;q=0.1")
					if a.status != 200 || a.header.Get("Content-Type") != f.encoder.MediaType() ||
						!slices.Contains(a.header.Values("Vary"), "Accept") {
						t.Errorf("%s %s: %d %v", path, mediaType, a.status, a.header)
					}
					got, err := f.read([]byte(a.body))
					if err != nil {
						t.Errorf("%s %s: %v", path, mediaType, err)
					}
					same := func(g, w []string) bool { return sameTexts(g, w, f.noNulls) }
					if !slices.EqualFunc(got, want, same) {
						t.Errorf("%s %s, %d rows: %.300q\nwant %.300q", path, mediaType, n, got, want)
					}
					head := send(t, "HEAD", fmt.Sprintf("%s%s?n=%d", base, path, n), "", "Accept", mediaType)
					if head.status != 200 ||
						head.header.Get("Content-Type") != f.encoder.MediaType() || head.body != "" {
						t.Errorf("HEAD %s %s: %d %v %q", path, mediaType, head.status, head.header, head.body)
					}
				}
			}
		}
	})
}

func formatServer(t *testing.T, db *sql.DB) string {
	cat := load(t, db, "formats")
	m := moresql.New(db, quiet, offer())
	mux := http.NewServeMux()
	mux.Handle("/rpc/", http.StripPrefix("/rpc", rest.Routines(m, cat)))
	mux.Handle("/rows", m.Handler("formats.rows", moresql.Fields("n")))
	return listen(t, mux)
}

func rowsAsText(t *testing.T, db *sql.DB, n int) (rows [][]string) {
	t.Helper()
	result, err := db.Query(`SELECT id::text, coalesce(name, $2), price::text, coalesce(flag::text, $2)
		FROM formats.rows($1)`, n, "\x01NULL")
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	for result.Next() {
		texts := make([]string, 4)
		if err := result.Scan(&texts[0], &texts[1], &texts[2], &texts[3]); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, texts)
	}
	return rows
}

// TestFormatsKeepMemoryFlat reads 200,000 rows in each format: the heap must not grow with them.
func TestFormatsKeepMemoryFlat(t *testing.T) {
	setUp(t, openPostgres(t), formatSchema...)
	base := formatServer(t, openPostgres(t))
	rows := racetest.Sized(200_000, 20_000)
	const most = 12 << 20
	block := make([]byte, 64<<10)
	for _, f := range formats {
		url := fmt.Sprintf("%s/rows?n=%d", base, rows)
		r, _ := http.NewRequestWithContext(t.Context(), "GET", url, nil)
		r.Header.Set("Accept", f.encoder.MediaType())
		before := heap()
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		read, peak, next := 0, uint64(0), 0
		for err == nil {
			var n int
			n, err = response.Body.Read(block)
			if read += n; read > next {
				next, peak = read+512<<10, max(peak, heap())
			}
		}
		response.Body.Close()
		if !errors.Is(err, io.EOF) || read < rows*10 {
			t.Errorf("%s: %d bytes, %v", f.encoder.MediaType(), read, err)
		}
		if peak > before+most {
			t.Errorf("%s: the heap grows from %d to %d", f.encoder.MediaType(), before, peak)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestFormatsBreakOffOnLateErrors has a result fail before and after its first block. A late error
// aborts the response in every format, so that the client notices it.
func TestFormatsBreakOffOnLateErrors(t *testing.T) {
	setUp(t, openPostgres(t), formatSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		base := formatServer(t, db)
		mux := http.NewServeMux()
		m := moresql.New(db, quiet)
		page := template.Must(template.New("").Parse(`<ul>{{range .Rows}}<li>{{.name}}</li>{{end}}</ul>`))
		mux.Handle("/template",
			m.Handler("formats.broken", moresql.Fields("n"), moresql.Encoders(encoder.Template(page))))
		mux.Handle("/envelope",
			m.Handler("formats.broken", moresql.Fields("n"), moresql.Encoders(encoder.Envelope("rows"))))
		own := listen(t, mux)
		urls := map[string]string{"template": own + "/template", "envelope": own + "/envelope"}
		for _, f := range formats {
			urls[f.encoder.MediaType()] = base + "/rpc/broken"
		}
		for accept, url := range urls {
			for _, n := range []int{10, 20_000} {
				r, _ := http.NewRequestWithContext(t.Context(), "GET", fmt.Sprintf("%s?n=%d", url, n), nil)
				r.Header.Set("Accept", accept)
				response, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(response.Body)
				response.Body.Close()
				if n == 10 && (response.StatusCode != 400 || err != nil) { // nothing has been sent yet
					t.Errorf("%s: %d %v", accept, response.StatusCode, err)
				}
				if n > 10 && (response.StatusCode != 200 || err == nil || len(body) == 0) {
					t.Errorf("%s: %d, %d bytes end with %v", accept, response.StatusCode, len(body), err)
				}
			}
		}
		http.DefaultClient.CloseIdleConnections()
		if n := db.Stats().InUse; n != 0 {
			t.Errorf("%d connections in use", n)
		}
	})
}

// TestFormatsFollowAccept negotiates by Accept, down to 406 if nothing is acceptable.
func TestFormatsFollowAccept(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, formatSchema...)
	base := formatServer(t, db)
	for _, test := range []struct{ reason, accept, want string }{
		{"no preference selects the first", "", "application/json"},
		{"any type", "*/*", "application/json"},
		{"weights", "text/html;q=0.5, text/csv;q=0.9", "text/csv"},
		{"the header of a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
			"text/html"},
		{"an excluded type", "application/json;q=0, */*", "application/vnd.moresql.compact+json"},
		{"a range of types", "text/*", "text/csv"},
		{"an unsupported type", "image/png", ""},
		{"every type excluded", "*/*;q=0", ""},
		{"a malformed header", "?", ""},
	} {
		for _, path := range []string{"/rpc/rows", "/rows"} {
			a := send(t, "GET", base+path+"?n=1", "", "Accept", test.accept)
			mediaType, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
			if test.want != "" && (a.status != 200 || mediaType != test.want) {
				t.Errorf("%s: %d %s, want %s", test.reason, a.status, mediaType, test.want)
			}
			if a.header.Get("Vary") != "Accept" {
				t.Errorf("%s: Vary %q", test.reason, a.header.Values("Vary"))
			}
			if test.want != "" {
				continue
			}
			p := problemOf(t, a)
			for _, f := range formats {
				if a.status != 406 || !strings.Contains(p.Hint, f.encoder.MediaType()) {
					t.Errorf("%s: %d %s", test.reason, a.status, a.body)
				}
			}
		}
	}
	// Clients of PostgREST choose by Accept even if nothing is offered, which caches must know.
	cat := load(t, db, "formats")
	a := send(t, "GET", listen(t, rest.Routines(moresql.New(db, quiet), cat))+"/rows?n=1", "")
	if a.header.Get("Vary") != "Accept" {
		t.Errorf("%v", a.header)
	}
}

// TestEachChangesAndDropsRows has Each change, drop and refuse rows. An envelope counts those that
// are left.
func TestEachChangesAndDropsRows(t *testing.T) {
	setUp(t, openPostgres(t), formatSchema...)
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		failing := errors.New("no more")
		each := moresql.Hooks{Row: func(r *row.Row) error {
			switch id := r.Get("id").Int(); {
			case id%2 == 1:
				return row.ErrSkip
			case id == 30_000:
				return failing
			case id == 100:
				return &moresql.Error{Status: 409, Message: "a hundred", Public: true}
			default:
				v, err := row.ValueOf(fmt.Sprint("even ", id))
				if err != nil {
					return err
				}
				r.Set(1, v)
			}
			return nil
		}}
		base := listen(t, moresql.New(db, quiet).Handler("formats.rows", moresql.Fields("n"),
			moresql.Encoders(encoder.Envelope("cars")), each, rest.Query()))
		a := send(t, "GET", base+"?n=5&select=id,name", "")
		if a.body != `{"cars":[{"id":2,"name":"even 2"},{"id":4,"name":"even 4"}],"count":2}` {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := send(t, "GET", base+"?n=1", ""); a.body != `{"cars":[],"count":0}` {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := send(t, "GET", base+"?n=100", ""); a.status != 409 ||
			!strings.Contains(a.body, "a hundred") {
			t.Errorf("%d %s", a.status, a.body)
		}
		r, _ := http.NewRequestWithContext(t.Context(), "GET", base+"?n=40000&id=gt.100", nil)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer http.DefaultClient.CloseIdleConnections()
		defer response.Body.Close()
		if _, err := io.ReadAll(response.Body); err == nil {
			t.Error("a late error ends like a complete response")
		}
	})
}
