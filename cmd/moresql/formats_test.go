package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/vmihailenco/msgpack/v5"
)

// get sends a GET with names and values of header fields in turns.
func (c *command) get(target string, header ...string) (status int, h http.Header, body string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.url()+target, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	return c.do(req)
}

// A film is a row of the sample in some format: id, title and year.
type film struct {
	ID    int    `json:"id" msgpack:"id"`
	Title string `json:"title" msgpack:"title"`
	Year  int    `json:"year" msgpack:"year"`
}

func (f film) texts() []string { return []string{fmt.Sprint(f.ID), f.Title, fmt.Sprint(f.Year)} }

const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

// TestFormats reads the same rows in every format, with another implementation of each.
func TestFormats(t *testing.T) {
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
				if header.Get("Vary") != "Accept" || header.Get("Content-Disposition") != "" {
					t.Errorf("%s: %v", format.accept, header)
				}
			}
			const object = "application/vnd.pgrst.object+json"
			status, header, body := c.get("/films?year=1969", "Accept", object)
			var one film
			if err := json.Unmarshal([]byte(body), &one); err != nil || status != 200 || header.Get("Content-Type") != object+"; charset=utf-8" ||
				!reflect.DeepEqual(one.texts(), want[2]) {
				t.Errorf("%d %v %s", status, header, body)
			}
			if status, _, body := c.get("/films", "Accept", object); status != 406 || !strings.Contains(body, "PGRST116") {
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
			if row.Cells != nil { // the first has the names
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

// TestAccept chooses by what RFC 9110, section 12.5.1, says of weights and ranges.
func TestAccept(t *testing.T) {
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
				{"no preference", "/films", nil, 200, json},
				{"anything", "/films", []string{"*/*"}, 200, json},
				{"a wildcard", "/films", []string{"text/*"}, 200, "text/csv; charset=utf-8; header=present"},
				{"the heavier", "/films", []string{"text/csv;q=0.5, application/x-ndjson;q=0.6"}, 200, "application/x-ndjson"},
				{"the first of the server's", "/films", []string{"text/csv, application/json"}, 200, json},
				{"in two fields", "/films", []string{"text/csv;q=0.5", "text/html"}, 200, "text/html; charset=utf-8"},
				{"everything but JSON", "/films", []string{"application/json;q=0, */*"}, 200, "application/vnd.moresql.compact+json"},
				{"what there is not, and else anything", "/films", []string{"image/png, */*;q=0.1"}, 200, json},
				{"in capitals, with a charset", "/films", []string{"Application/JSON; charset=UTF-8"}, 200, json},
				{"what there is not", "/films", []string{"image/png"}, 406, problem},
				{"what is excluded", "/films", []string{"text/csv;q=0"}, 406, problem},
				{"a bare value of several columns", "/films", []string{"text/plain"}, 406, problem},
				{"an error in place of CSV", "/films?limit=x", []string{"text/csv"}, 400, problem},
				{"no row in place of HTML", "/cars/99", []string{browser}, 404, problem},
			} {
				var fields []string
				for _, accept := range test.accept {
					fields = append(fields, "Accept", accept)
				}
				status, header, body := c.get(test.target, fields...)
				if status != test.status || header.Get("Content-Type") != test.contentType || header.Get("Vary") != "Accept" {
					t.Errorf("%s: %d %v, want %d %s; %s", test.reason, status, header, test.status, test.contentType, body)
				}
				for _, offered := range []string{
					"application/json", "application/vnd.pgrst.object+json", "application/vnd.moresql.compact+json", "application/x-ndjson",
					"text/csv", "text/html", "application/vnd.msgpack", "application/vnd.apache.arrow.stream",
				} {
					if status == 406 && !strings.Contains(body, offered) {
						t.Errorf("%s: %s is not among what there is: %s", test.reason, offered, body)
					}
				}
			}
			if status, header, body := c.request("POST", "/cars", jsonType, `{"name": "a", "model": "b", "doors": 2}`); status != 201 || header.Get("Content-Type") != json {
				t.Errorf("%d %v %s", status, header, body)
			}
			c.stop()
		})
	}
}

// TestValues asks functions for their bare values.
func TestValues(t *testing.T) {
	c, db := startSchemas(t)
	for _, test := range []struct {
		accept, target, contentType string
		want                        string // SQL for the bytes
	}{
		{"text/plain", "/scalar", "text/plain; charset=utf-8", "api.scalar()::text"},
		{"text/plain", "/null_value", "text/plain; charset=utf-8", "''"},
		{"text/plain", "/numbers?n=3", "text/plain; charset=utf-8", "(SELECT string_agg(v::text, '') FROM api.numbers(3) v)"},
		{"text/plain", "/cars?select=name&id=eq.1", "text/plain; charset=utf-8", "(SELECT name FROM api.cars() WHERE id = 1)"},
		{"application/octet-stream", "/bytes", "application/octet-stream", "api.bytes()"},
		{"text/plain", "/bytes", "text/plain; charset=utf-8", "api.bytes()"},
		{"text/csv", "/add?a=40&b=2", "text/csv; charset=utf-8; header=present", `'add' || e'\r\n' || api.add(40, 2) || e'\r\n'`},
		{"application/vnd.pgrst.object+json", "/scalar", "application/vnd.pgrst.object+json; charset=utf-8", "to_json(api.scalar())::text"},
		{"*/*", "/scalar", "application/json", "to_json(api.scalar())::text"},
	} {
		var want []byte
		if err := db.QueryRow("SELECT " + test.want).Scan(&want); err != nil {
			t.Fatalf("%s\n%v", test.want, err)
		}
		status, header, body := c.get("/rpc"+test.target, "Accept", test.accept)
		if status != 200 || header.Get("Content-Type") != test.contentType || body != string(want) {
			t.Errorf("%s: %d %v %q, want %s %q", test.target, status, header, body, test.contentType, want)
		}
	}
	if status, _, body := c.get("/rpc/cars", "Accept", "text/plain"); status != 406 || !strings.Contains(body, "PGRST107") {
		t.Errorf("a bare value of several columns: %d %s", status, body)
	}
	c.stop()
}
