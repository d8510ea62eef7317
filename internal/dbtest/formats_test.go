package dbtest

import (
	"bytes"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/arrow"
	"github.com/moresql/moresql/encoder/msgpack"
	"github.com/moresql/moresql/negotiate"
	"github.com/moresql/moresql/row"
	reader "github.com/vmihailenco/msgpack/v5"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
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

const null = "\x00NULL" // a text of PostgreSQL cannot contain NUL

// A format is an encoder and an independent decoder of what it writes, which returns the texts of
// the values in the order of the columns.
type format struct {
	encoder encoder.Encoder
	read    func(document []byte) ([][]string, error)
	noNulls bool // the decoder cannot tell NULL from an empty text
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
	return moresql.Offer(negotiate.Accept, list...)
}

// textOf returns the text of a decoded value, as PostgreSQL writes it.
func textOf(v any) string {
	if v == nil {
		return null
	}
	return fmt.Sprint(v)
}

// columnsOf returns the texts of an object's members in the order of the columns.
func columnsOf(object map[string]any) (texts []string) {
	for _, name := range []string{"id", "name", "price", "flag"} {
		texts = append(texts, textOf(object[name]))
	}
	return texts
}

func unmarshal(document []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	return d.Decode(to)
}

func readJSON(document []byte) (rows [][]string, err error) {
	var list []map[string]any
	err = unmarshal(document, &list)
	for _, object := range list {
		rows = append(rows, columnsOf(object))
	}
	return rows, err
}

func readCompact(document []byte) (rows [][]string, err error) {
	var whole struct {
		Columns []string
		Rows    [][]any
	}
	err = unmarshal(document, &whole)
	for _, values := range whole.Rows {
		var texts []string
		for _, v := range values {
			texts = append(texts, textOf(v))
		}
		rows = append(rows, texts)
	}
	if !slices.Equal(whole.Columns, []string{"id", "name", "price", "flag"}) {
		return nil, fmt.Errorf("the columns are %q", whole.Columns)
	}
	return rows, err
}

func readLines(document []byte) (rows [][]string, err error) {
	for line := range bytes.Lines(document) {
		var object map[string]any
		if err := unmarshal(line, &object); err != nil {
			return nil, err
		}
		rows = append(rows, columnsOf(object))
	}
	return rows, nil
}

func readCSV(document []byte) ([][]string, error) {
	rows, err := csv.NewReader(bytes.NewReader(document)).ReadAll()
	if err != nil || !slices.Equal(rows[0], []string{"id", "name", "price", "flag"}) {
		return nil, fmt.Errorf("%v in %.100s", err, document)
	}
	return rows[1:], nil
}

func readTable(document []byte) (rows [][]string, err error) {
	page, err := html.Parse(bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	for n := range page.Descendants() {
		if n.DataAtom != atom.Tr || n.Parent.DataAtom != atom.Tbody {
			continue
		}
		var texts []string
		for cell := range n.ChildNodes() {
			var b strings.Builder
			for d := range cell.Descendants() {
				b.WriteString(d.Data)
			}
			if slices.Contains(cell.Attr, html.Attribute{Key: "class", Val: "null"}) {
				b.WriteString(null)
			}
			texts = append(texts, b.String())
		}
		rows = append(rows, texts)
	}
	return rows, nil
}

func readMessagePack(document []byte) (rows [][]string, err error) {
	for d := reader.NewDecoder(bytes.NewReader(document)); ; {
		object, err := d.DecodeMap()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, columnsOf(object))
	}
}

func readArrow(document []byte) (rows [][]string, err error) {
	stream, err := ipc.NewReader(bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	defer stream.Release()
	for stream.Next() {
		batch := stream.RecordBatch()
		for i := range int(batch.NumRows()) {
			var texts []string
			for _, column := range batch.Columns() {
				if column.IsNull(i) {
					texts = append(texts, null)
				} else {
					texts = append(texts, column.ValueStr(i))
				}
			}
			rows = append(rows, texts)
		}
	}
	return rows, stream.Err()
}

// TestFormatsDecodeToTheSameRows requests every format by Accept, from RPC and from a handler, and
// reads it with independent decoders.
func TestFormatsDecodeToTheSameRows(t *testing.T) {
	setUp(t, openPostgres(t), formatSchema...)
	eachDriver(t, func(t *testing.T, db *sql.DB) {
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
	cat, err := catalog.Load(t.Context(), db, "formats")
	if err != nil {
		t.Fatal(err)
	}
	m := moresql.New(db, quiet, offer())
	mux := http.NewServeMux()
	mux.Handle("/rpc/", http.StripPrefix("/rpc", m.RPC(cat)))
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

func sameTexts(got, want []string, noNulls bool) bool {
	return slices.EqualFunc(got, want, func(g, w string) bool {
		if w == "\x01NULL" {
			if w = null; noNulls {
				w = ""
			}
		}
		return g == w
	})
}

// TestFormatsKeepMemoryFlat reads 200,000 rows in each format: the heap must not grow with them.
func TestFormatsKeepMemoryFlat(t *testing.T) {
	setUp(t, openPostgres(t), formatSchema...)
	base := formatServer(t, openPostgres(t))
	const rows, most = 200_000, 12 << 20
	block := make([]byte, 64<<10)
	for _, f := range formats {
		r, _ := http.NewRequestWithContext(t.Context(), "GET", fmt.Sprintf("%s/rows?n=%d", base, rows),
			nil)
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
	eachDriver(t, func(t *testing.T, db *sql.DB) {
		base := formatServer(t, db)
		mux := http.NewServeMux()
		m := moresql.New(db, quiet)
		page := template.Must(template.New("").Parse(`<ul>{{range .Rows}}<li>{{.name}}</li>{{end}}</ul>`))
		mux.Handle("/template",
			m.Handler("formats.broken", moresql.Fields("n"), moresql.WithEncoder(encoder.Template(page))))
		mux.Handle("/envelope",
			m.Handler("formats.broken", moresql.Fields("n"), moresql.WithEncoder(encoder.Envelope("rows"))))
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
		{"the header of a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"},
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
	cat, err := catalog.Load(t.Context(), db, "formats")
	if err != nil {
		t.Fatal(err)
	}
	a := send(t, "GET", listen(t, moresql.New(db, quiet).RPC(cat))+"/rows?n=1", "")
	if a.header.Get("Vary") != "Accept" {
		t.Errorf("%v", a.header)
	}
}

// TestDownloadNamesFileInAnyLanguage names files of successful responses, which errors must not have.
func TestDownloadNamesFileInAnyLanguage(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, formatSchema...)
	for _, name := range []string{"cars.csv", `Über "sicht".csv`, "日本.csv", "a;b\r\nc.csv"} {
		base := listen(t, moresql.New(db, quiet).Handler("formats.rows", moresql.Fields("n"),
			moresql.WithEncoder(encoder.CSV()), moresql.Download(name)))
		a := send(t, "GET", base+"?n=1", "")
		kind, params, err := mime.ParseMediaType(a.header.Get("Content-Disposition"))
		if err != nil || kind != "attachment" || params["filename"] != name {
			t.Errorf("%q: %q %v", name, a.header.Get("Content-Disposition"), err)
		}
		if a = send(t, "GET", base+"?n=x", ""); a.status != 400 ||
			a.header.Get("Content-Disposition") != "" {
			t.Errorf("an error: %d %v", a.status, a.header)
		}
	}
}

// TestEachChangesAndDropsRows has Each change, drop and refuse rows. An envelope counts those that
// are left.
func TestEachChangesAndDropsRows(t *testing.T) {
	setUp(t, openPostgres(t), formatSchema...)
	eachDriver(t, func(t *testing.T, db *sql.DB) {
		failing := errors.New("no more")
		each := moresql.Each(func(r *row.Row) error {
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
		})
		base := listen(t, moresql.New(db, quiet).Handler("formats.rows", moresql.Fields("n"),
			moresql.WithEncoder(encoder.Envelope("cars")), each, moresql.Query()))
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

// TestRedirectCannotLeaveItsTemplate has values of rows that try to lead to another place than the
// template allows.
func TestRedirectCannotLeaveItsTemplate(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, `CREATE OR REPLACE FUNCTION place(a text, b text) RETURNS TABLE (a text, b text)
		LANGUAGE sql AS 'SELECT $1, $2 WHERE $1 IS DISTINCT FROM $$none$$'`)
	m := moresql.New(db, quiet)
	for _, test := range []struct{ reason, to, a, b, want string }{
		{reason: "a plain value", to: "/cars/{a}", a: "1", want: "/cars/1"},
		{reason: "a slash", to: "/cars/{a}", a: "1/../../x", want: "/cars/1%2F..%2F..%2Fx"},
		{reason: "a query", to: "/cars/{a}", a: "1?x=1#y", want: "/cars/1%3Fx=1%23y"},
		{reason: "values in a query", to: "/cars?id={a}&x={b}", a: "1&admin=1", b: "é ü",
			want: "/cars?id=1%26admin%3D1&x=%C3%A9+%C3%BC"},
		{reason: "an empty value in a query", to: "/cars?id={a}", want: "/cars?id="},
		{reason: "line breaks", to: "/cars/{a}", a: "1\r\nSet-Cookie: x=y",
			want: "/cars/1%0D%0ASet-Cookie%3A%20x=y"},
		{reason: "a backslash, which browsers take for a slash", to: "/{a}", a: `\evil.example`,
			want: "/%5Cevil.example"},
		{reason: "a scheme", to: "{a}", a: "javascript:alert(1)", want: "javascript%3Aalert%281%29"},
		{reason: "another host", to: "{a}", a: "//evil.example", want: "%2F%2Fevil.example"},
		{reason: "a percent sign", to: "/cars/{a}", a: "%2e%2e", want: "/cars/%252e%252e"},
		{reason: "another host by an empty segment", to: "/{a}/{b}", b: "evil.example"},
		{reason: "the parent folder", to: "/cars/{a}", a: ".."},
		{reason: "the parent folder in two parts", to: "/cars/{a}{b}/x", a: ".", b: "."},
		{reason: "the folder itself", to: "/cars/{a}/x", a: "."},
		{reason: "an empty value", to: "/cars/{a}"},
		{reason: "dots that are a plain name", to: "/cars/{a}", a: "...", want: "/cars/..."},
		{reason: "no row", to: "/cars/{a}", a: "none"},
	} {
		base := listen(t, m.Handler("place", moresql.Fields("a", "b"), moresql.Redirect(test.to)))
		body, _ := json.Marshal(map[string]string{"a": test.a, "b": test.b})
		a := send(t, "POST", base, string(body), "Content-Type", jsonType)
		location := a.header.Get("Location")
		if location != test.want || test.want != "" && a.status != 303 ||
			test.want == "" && a.status < 400 || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %q, want %q; %s", test.reason, a.status, location, test.want, a.body)
		}
	}
}

// TestMaxPageLimitsEveryRequest checks that no request gets more rows than MaxPage, on any database
// and by any kind of call.
func TestMaxPageLimitsEveryRequest(t *testing.T) {
	db := openPostgres(t)
	setUp(t, db, formatSchema...)
	setUp(t, db, `CREATE PROCEDURE formats.nothing() LANGUAGE sql AS ''`,
		`CREATE FUNCTION formats.records() RETURNS SETOF record LANGUAGE sql STABLE
			AS 'SELECT i, i FROM generate_series(1, 50) i'`)
	cat, err := catalog.Load(t.Context(), db, "formats")
	if err != nil {
		t.Fatal(err)
	}
	m := moresql.New(db, quiet, moresql.MaxPage(10))
	mux := http.NewServeMux()
	mux.Handle("/rpc/", http.StripPrefix("/rpc", m.RPC(cat)))
	mux.Handle("/rows", m.Handler("formats.rows", moresql.Fields("n")))
	lite := openSQLite(t)
	const many = "SELECT value AS id FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13]')"
	statements, err := moresql.LoadStatements(fstest.MapFS{
		"rows.sql":  {Data: []byte(many)},
		"named.sql": {Data: []byte("WITH r AS (" + many + ") SELECT * FROM r")},
		"add.sql":   {Data: []byte("CREATE TABLE IF NOT EXISTS added (n)")},
	}, moresql.SQLite)
	if err != nil {
		t.Fatal(err)
	}
	l := moresql.New(lite, quiet, moresql.MaxPage(10), moresql.WithCaller(statements))
	mux.Handle("/lite/rpc/", http.StripPrefix("/lite/rpc", l.RPC(statements.Catalog())))
	mux.Handle("/lite/rows", l.Handler("rows"))
	base := listen(t, mux)
	for _, test := range []struct {
		method, target, ranged string
		status, rows           int
	}{
		{method: "GET", target: "/rows?n=50", status: 200, rows: 10},
		{method: "GET", target: "/rows?n=50&limit=9223372036854775807", status: 200, rows: 10},
		{method: "GET", target: "/rows?n=50&offset=45", status: 200, rows: 5},
		{method: "GET", target: "/rows?n=50&offset=9223372036854775807&limit=9223372036854775807",
			status: 200},
		{method: "GET", target: "/rows?n=50", ranged: "0-9223372036854775807", status: 200, rows: 10},
		{method: "GET", target: "/rpc/rows?n=50", ranged: "0-9223372036854775807", status: 200, rows: 10},
		{method: "GET", target: "/rpc/rows?n=50", ranged: "5-", status: 200, rows: 10},
		{method: "GET", target: "/rpc/records", status: 200, rows: 10},
		{method: "POST", target: "/rpc/nothing", status: 204},
		{method: "GET", target: "/lite/rows", status: 200, rows: 10},
		{method: "GET", target: "/lite/rows", ranged: "0-9223372036854775807", status: 200, rows: 10},
		{method: "GET", target: "/lite/rows?offset=9223372036854775807", status: 200},
		{method: "GET", target: "/lite/rpc/rows", ranged: "0-9223372036854775807", status: 200, rows: 10},
		{method: "POST", target: "/lite/rpc/named", status: 200, rows: 10},
		{method: "POST", target: "/lite/rpc/add", status: 204},
	} {
		a := send(t, test.method, base+test.target, "", "Range", test.ranged)
		var rows []any
		if a.body != "" {
			if err := json.Unmarshal([]byte(a.body), &rows); err != nil {
				t.Errorf("%s: %d %s", test.target, a.status, a.body)
			}
		}
		if a.status != test.status || len(rows) != test.rows {
			t.Errorf("%s, Range %q: %d with %d rows, want %d with %d", test.target, test.ranged, a.status,
				len(rows), test.status, test.rows)
		}
	}
	// The link leads to the next page however the client escapes the names.
	link := send(t, "GET", base+"/rows?n=50&%6Cimit=3&id=gt.1", "").header.Get("Link")
	if link != `<?n=50&id=gt.1&limit=3&offset=3>; rel="next"` {
		t.Errorf("Link %s", link)
	}
}
