package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/vmihailenco/msgpack/v5"
)

// A film is a row of the sample in some format: id, title and year.
type film struct {
	ID    int    `json:"id" msgpack:"id"`
	Title string `json:"title" msgpack:"title"`
	Year  int    `json:"year" msgpack:"year"`
}

func (f film) texts() []string { return []string{fmt.Sprint(f.ID), f.Title, fmt.Sprint(f.Year)} }

// browser is the Accept field of a browser.
const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp," +
	"*/*;q=0.8"

// Each format is read by another implementation than the one that wrote it.
func TestEveryFormatHoldsTheSameRows(t *testing.T) {
	want, err := csv.NewReader(strings.NewReader(films)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want = want[1:]
	for _, database := range databases {
		t.Run(database.name, func(t *testing.T) {
			c := start(t, database.uri(t), "-init")
			for _, format := range []struct {
				accept, contentType string
				read                func(body string) ([][]string, error)
			}{
				{"application/json", "application/json", readJSON},
				{"application/x-ndjson", "application/x-ndjson", readNDJSON},
				{"application/vnd.moresql.compact+json", "application/vnd.moresql.compact+json", readCompact},
				{"text/csv", "text/csv; charset=utf-8; header=present", readCSV},
				{browser, "text/html; charset=utf-8", readHTML},
				{"application/vnd.msgpack", "application/vnd.msgpack", readMessagePack},
				{"application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.stream", readArrow},
			} {
				status, header, body := c.get("/films", "Accept", format.accept)
				if status != 200 || header.Get("Content-Type") != format.contentType {
					t.Errorf("%s: %d %s; %s", format.accept, status, header.Get("Content-Type"), body)
					continue
				}
				if got, err := format.read(body); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%s: %v, %q, want %q", format.accept, err, got, want)
				}
				if vary(header) != "Accept-Encoding, Accept" || header.Get("Content-Disposition") != "" {
					t.Errorf("%s: %v", format.accept, header)
				}
			}
			const object = "application/vnd.pgrst.object+json"
			status, header, body := c.get("/films?year=1969", "Accept", object)
			var one film
			if err := json.Unmarshal([]byte(body), &one); err != nil || status != 200 ||
				header.Get("Content-Type") != object+"; charset=utf-8" ||
				!reflect.DeepEqual(one.texts(), want[2]) {
				t.Errorf("%d %v %s", status, header, body)
			}
			status, _, body = c.get("/films", "Accept", object)
			if status != 406 || !strings.Contains(body, "the result is not one row") {
				t.Errorf("an object of five: %d %s", status, body)
			}
			c.stop()
		})
	}
}

func readJSON(body string) (rows [][]string, err error) {
	var list []film
	err = json.Unmarshal([]byte(body), &list)
	for _, f := range list {
		rows = append(rows, f.texts())
	}
	return rows, err
}

func readNDJSON(body string) (rows [][]string, err error) {
	for lines := bufio.NewScanner(strings.NewReader(body)); lines.Scan(); {
		var f film
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			return nil, err
		}
		rows = append(rows, f.texts())
	}
	return rows, nil
}

func readCompact(body string) (rows [][]string, err error) {
	var result struct {
		Columns []string
		Rows    [][]any
	}
	if err := json.Unmarshal([]byte(body), &result); err != nil {
		return nil, err
	}
	if !reflect.DeepEqual(result.Columns, []string{"id", "title", "year"}) {
		return nil, fmt.Errorf("the columns are %q", result.Columns)
	}
	for _, r := range result.Rows {
		var row []string
		for _, v := range r {
			row = append(row, fmt.Sprint(v))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func readCSV(body string) (rows [][]string, err error) {
	rows, err = csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || !reflect.DeepEqual(rows[0], []string{"id", "title", "year"}) {
		return nil, fmt.Errorf("%v: %q", err, rows)
	}
	return rows[1:], nil
}

// readHTML reads the rows of the table's body.
func readHTML(body string) (rows [][]string, err error) {
	d := xml.NewDecoder(strings.NewReader(body))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		token, err := d.Token()
		if err == io.EOF {
			return rows, nil
		} else if err != nil {
			return nil, err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "tr" {
			var row struct {
				Cells []string `xml:"td"`
			}
			if err := d.DecodeElement(&row, &start); err != nil {
				return nil, err
			}
			if row.Cells != nil { // the first row has the names
				rows = append(rows, row.Cells)
			}
		}
	}
}

func readMessagePack(body string) (rows [][]string, err error) {
	for d := msgpack.NewDecoder(strings.NewReader(body)); ; {
		var f film
		if err := d.Decode(&f); err == io.EOF {
			return rows, nil
		} else if err != nil {
			return nil, err
		}
		rows = append(rows, f.texts())
	}
}

func readArrow(body string) (rows [][]string, err error) {
	r, err := ipc.NewReader(strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer r.Release()
	for r.Next() {
		batch := r.RecordBatch()
		for i := range int(batch.NumRows()) {
			var row []string
			for _, column := range batch.Columns() {
				row = append(row, column.ValueStr(i))
			}
			rows = append(rows, row)
		}
	}
	return rows, r.Err()
}

// The rules for weights and ranges are those of RFC 9110, section 12.5.1.
func TestAcceptChoosesTheFormat(t *testing.T) {
	const json, problem = "application/json", "application/problem+json"
	for _, database := range databases[:2] {
		t.Run(database.name, func(t *testing.T) {
			c := start(t, database.uri(t), "-init")
			for _, test := range []struct {
				reason, target string
				accept         []string
				status         int
				contentType    string
			}{
				{reason: "no Accept field", target: "/films", status: 200, contentType: json},
				{
					reason: "any media type", target: "/films", accept: []string{"*/*"}, status: 200,
					contentType: json,
				},
				{
					reason: "a wildcard", target: "/films", accept: []string{"text/*"}, status: 200,
					contentType: "text/csv; charset=utf-8; header=present",
				},
				{
					reason: "the greater weight", target: "/films",
					accept: []string{"text/csv;q=0.5, application/x-ndjson;q=0.6"}, status: 200,
					contentType: "application/x-ndjson",
				},
				{
					reason: "equal weights: the server's order", target: "/films",
					accept: []string{"text/csv, application/json"}, status: 200, contentType: json,
				},
				{
					reason: "in two fields", target: "/films", accept: []string{"text/csv;q=0.5", "text/html"},
					status: 200, contentType: "text/html; charset=utf-8",
				},
				{
					reason: "everything but JSON", target: "/films", accept: []string{"application/json;q=0, */*"},
					status: 200, contentType: "application/vnd.moresql.compact+json",
				},
				{
					reason: "an unknown media type, and else any", target: "/films",
					accept: []string{"image/tiff, */*;q=0.1"}, status: 200, contentType: json,
				},
				{
					reason: "upper case, with a charset", target: "/films",
					accept: []string{"Application/JSON; charset=UTF-8"}, status: 200, contentType: json,
				},
				{
					reason: "an unknown media type", target: "/films", accept: []string{"image/tiff"}, status: 406,
					contentType: problem,
				},
				{
					reason: "an excluded media type", target: "/films", accept: []string{"text/csv;q=0"},
					status: 406, contentType: problem,
				},
				{
					reason: "a bare value of several columns", target: "/films", accept: []string{"text/plain"},
					status: 406, contentType: problem,
				},
				{
					reason: "an error instead of CSV", target: "/films?limit=x", accept: []string{"text/csv"},
					status: 400, contentType: problem,
				},
				{
					reason: "no row instead of HTML", target: "/cars/99", accept: []string{browser}, status: 404,
					contentType: "text/html; charset=utf-8", // a page
				},
			} {
				var fields []string
				for _, accept := range test.accept {
					fields = append(fields, "Accept", accept)
				}
				status, header, body := c.get(test.target, fields...)
				if status != test.status || vary(header) != "Accept-Encoding, Accept" ||
					header.Get("Content-Type") != test.contentType {
					t.Errorf("%s: %d %v, want %d %s; %s",
						test.reason, status, header, test.status, test.contentType, body)
				}
				for _, offered := range []string{
					"application/json", "application/x-ndjson",
					"application/vnd.pgrst.object+json", "application/vnd.moresql.compact+json",
					"text/csv", "text/html",
					"application/vnd.msgpack", "application/vnd.apache.arrow.stream",
					"image/svg+xml", "image/png",
				} {
					if status == 406 && !strings.Contains(body, offered) {
						t.Errorf("%s: %s is not offered: %s", test.reason, offered, body)
					}
				}
			}
			status, header, body := c.request("POST", "/cars", jsonType,
				`{"name": "a", "model": "b", "doors": 2}`)
			if status != 201 || header.Get("Content-Type") != json {
				t.Errorf("%d %v %s", status, header, body)
			}
			c.stop()
		})
	}
}

func TestFunctionsReturnBareValues(t *testing.T) {
	c, db := startSchemas(t)
	for _, test := range []struct {
		accept, target, contentType string
		want                        string // SQL for the bytes
	}{
		{
			accept: "text/plain", target: "/scalar", contentType: "text/plain; charset=utf-8",
			want: "api.scalar()::text",
		},
		{
			accept: "text/plain", target: "/null_value", contentType: "text/plain; charset=utf-8",
			want: "''",
		},
		{
			accept: "text/plain", target: "/numbers?n=3", contentType: "text/plain; charset=utf-8",
			want: "(SELECT string_agg(v::text, '') FROM api.numbers(3) v)",
		},
		{
			accept: "text/plain", target: "/cars?select=name&id=eq.1",
			contentType: "text/plain; charset=utf-8", want: "(SELECT name FROM api.cars() WHERE id = 1)",
		},
		{
			accept: "application/octet-stream", target: "/bytes", contentType: "application/octet-stream",
			want: "api.bytes()",
		},
		{
			accept: "text/plain", target: "/bytes", contentType: "text/plain; charset=utf-8",
			want: "api.bytes()",
		},
		{
			accept: "text/csv", target: "/add?a=40&b=2",
			contentType: "text/csv; charset=utf-8; header=present",
			want:        `'add' || e'\r\n' || api.add(40, 2) || e'\r\n'`,
		},
		{
			accept: "application/vnd.pgrst.object+json", target: "/scalar",
			contentType: "application/vnd.pgrst.object+json; charset=utf-8",
			want:        "to_json(api.scalar())::text",
		},
		{
			accept: "*/*", target: "/scalar", contentType: "application/json",
			want: "to_json(api.scalar())::text",
		},
	} {
		var want []byte
		if err := db.QueryRow("SELECT " + test.want).Scan(&want); err != nil {
			t.Fatalf("%s\n%v", test.want, err)
		}
		status, header, body := c.get("/rpc"+test.target, "Accept", test.accept)
		if status != 200 || header.Get("Content-Type") != test.contentType || body != string(want) {
			t.Errorf("%s: %d %v %q, want %s %q",
				test.target, status, header, body, test.contentType, want)
		}
	}
	status, _, body := c.get("/rpc/cars", "Accept", "text/plain")
	if status != 406 || !strings.Contains(body, "PGRST107") {
		t.Errorf("a bare value of several columns: %d %s", status, body)
	}
	c.stop()
}
