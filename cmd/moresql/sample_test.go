package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/moresql/moresql/cmd/moresql/internal/sample"
)

// cars are the cars of the sample, the same on every database.
const cars = `[
	{"id": 1, "name": "Ford", "model": "Model T", "doors": 4, "price": 850.25, "electric": false,
		"added": "2024-03-01T08:30:00", "features": ["hand crank", "brass lamps"]},
	{"id": 2, "name": "Citroën", "model": "2CV", "doors": 4, "price": null, "electric": false,
		"added": "2024-03-02T09:00:00", "features": []},
	{"id": 3, "name": "Tesla", "model": "Roadster", "doors": 2, "price": 98950.49, "electric": true,
		"added": "2024-03-03T17:45:10", "features": ["top \"targa\"", "heated, leather"]}]`

// newCar returns a car that the sample has created, without the time at which it was added.
func newCar(id int, model string, doors int) string {
	return fmt.Sprintf(`{"id": %d, "name": "Lancia", "model": %q, "doors": %d,
		"price": null, "electric": false, "added": "…", "features": []}`, id, model, doors)
}

// films are the films of the sample as CSV.
const films = "id,title,year\r\n" +
	"1,Bullitt,1968\r\n" +
	"2,The Love Bug,1968\r\n" +
	"3,The Italian Job,1969\r\n" +
	"4,Le Mans,1971\r\n" +
	"5,Over the Top,1987\r\n"

// A response is what a printed curl line must receive.
type response struct {
	route  string
	status int
	body   string
}

// responses returns the responses to the printed curl lines, in their order, if the next car gets
// the id.
func responses(id int) []response {
	return []response{
		{"GET /user", 200, `{"id": 1, "username": "ada", "email": "ada@example.com"}`},
		{"GET /cars", 200, cars},
		{"POST /cars", 201, newCar(id, "Fulvia", 2)},
		{"GET /cars/{id}", 200, newCar(id, "Fulvia", 2)},
		{"PUT /cars/{id}", 200, newCar(id, "Flavia", 4)},
		{"DELETE /cars/{id}", 204, ""},
		{"GET /films", 200, `[
			{"id": 2, "title": "The Love Bug", "year": 1968},
			{"id": 3, "title": "The Italian Job", "year": 1969}]`},
		{"GET /health", 200, "It works."},
		{"GET /films", 200, films},
	}
}

// The lines work again after a second start, which prints other ids.
func TestPrintedCurlLinesWork(t *testing.T) {
	shell := newShell(t)
	for _, database := range databases {
		t.Run(database.name, func(t *testing.T) {
			uri, args := database.uri(t), []string{"-init"}
			if uri == "" {
				args = []string{"-data", filepath.Join(t.TempDir(), "new")}
			}
			for _, id := range []int{4, 5} {
				c := start(t, uri, args...)
				tryCurls(t, c, shell, id)
				c.stop()
				if uri != "" {
					args = nil
				}
			}
		})
	}
}

func tryCurls(t *testing.T, c *command, shell func(string) (int, string), id int) {
	t.Helper()
	lines, want := c.curls(), responses(id)
	again := sample.Route{Method: "GET", Pattern: "/films"} // as CSV
	tried := append(slices.Clip(sample.Routes), again)
	if len(lines) != len(want) || len(lines) != len(tried) {
		t.Fatalf("%d curl lines, %d responses and %d routes:\n%s",
			len(lines), len(want), len(tried), c.stdout)
	}
	for i, line := range lines {
		r := tried[i].Method + " " + tried[i].Pattern
		status, body := shell(line)
		if r != want[i].route || status != want[i].status {
			t.Errorf("%s\nstatus %d for %s, want %d for %s; %s",
				line, status, r, want[i].status, want[i].route, body)
		}
		if r != "GET /cars" {
			body = added.ReplaceAllString(body, `"added":"…"`)
		}
		if !sameJSON(body, want[i].body) {
			t.Errorf("%s\ngot  %s\nwant %s", line, body, want[i].body)
		}
	}
}

// added matches the time at which a car was added, in its format.
var added = regexp.MustCompile(`"added":"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d"`)

// newShell returns a function that runs a curl line as it is and returns the status and the body.
func newShell(t *testing.T) func(line string) (status int, body string) {
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("MORESQL_REQUIRE_DATABASES") == "1" {
			t.Fatal("no curl found: apt-get install curl")
		}
		t.Skip("no curl found: apt-get install curl")
	}
	home := t.TempDir()
	config := "silent\nshow-error\nmax-time = 60\nnoproxy = *\nwrite-out = \"\\n%{http_code}\"\n"
	if err := os.WriteFile(filepath.Join(home, ".curlrc"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return func(line string) (int, string) {
		cmd := exec.Command("sh", "-c", line)
		cmd.Env = append(os.Environ(), "CURL_HOME="+home)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s\n%v\n%s", line, err, out)
		}
		end := bytes.LastIndexByte(out, '\n')
		status, err := strconv.Atoi(string(out[end+1:]))
		if err != nil {
			t.Fatalf("%s\n%s", line, out)
		}
		return status, string(out[:end])
	}
}

// sameJSON reports whether two texts are the same JSON, down to the digits of numbers, or equal.
func sameJSON(a, b string) bool {
	va, errA := decode(a)
	vb, errB := decode(b)
	if errA != nil || errB != nil {
		return a == b
	}
	return reflect.DeepEqual(va, vb)
}

func decode(text string) (v any, err error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return v, d.Decode(&v)
}

// The login installs the sample and looks at it, whatever role calls have.
func TestSampleIsServedToARole(t *testing.T) {
	uri := newPostgreSQL(t)
	_, suffix := roles(t, uri, `CREATE ROLE "reader{}"; CREATE ROLE "authenticator{}" LOGIN`)
	c := start(t, uri, "-init", "-anon-role", "reader"+suffix)
	for path, want := range map[string]int{"/health": 200, "/films": 401} { // it may read no table
		if status, _, body := c.get(path); status != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

func TestCarsCanBeCreatedReadUpdatedAndDeleted(t *testing.T) {
	for _, database := range databases {
		t.Run(database.name, func(t *testing.T) {
			c := start(t, database.uri(t), "-init")
			for _, step := range []struct {
				method, path, contentType, body string
				status                          int
				want                            string
			}{
				{
					method: "POST", path: "/cars", contentType: formType, body: "name=Lancia&model=Fulvia&doors=2",
					status: 201, want: newCar(4, "Fulvia", 2),
				},
				{method: "GET", path: "/cars/4", status: 200, want: newCar(4, "Fulvia", 2)},
				{method: "HEAD", path: "/cars/4", status: 200},
				{
					method: "PUT", path: "/cars/4", contentType: jsonType,
					body: `{"doors":4,"model":"Flavia","name":"Lancia","id":1}`, status: 200,
					want: newCar(4, "Flavia", 4),
				},
				{
					method: "PUT", path: "/cars/4", contentType: jsonType,
					body: `{"doors":4,"model":"Flavia","name":"Lancia"}`, status: 200,
					want: newCar(4, "Flavia", 4),
				},
				{method: "DELETE", path: "/cars/4", status: 204},
				{method: "GET", path: "/cars", status: 200, want: cars},
				{
					method: "GET", path: "/films", status: 200,
					want: `[
					{"id":1,"title":"Bullitt","year":1968},
					{"id":2,"title":"The Love Bug","year":1968},
					{"id":3,"title":"The Italian Job","year":1969},
					{"id":4,"title":"Le Mans","year":1971},
					{"id":5,"title":"Over the Top","year":1987}]`,
				},
				{
					method: "GET", path: "/films?year=1968&title=LOVE", status: 200,
					want: `[{"id":2,"title":"The Love Bug","year":1968}]`,
				},
				{method: "GET", path: "/films?limit=0", status: 200, want: `[]`},
				{method: "GET", path: "/films?title=%25", status: 200, want: `[]`},
				{method: "GET", path: "/health", status: 200, want: "It works."},
			} {
				status, header, body := c.request(step.method, step.path, step.contentType, step.body)
				if step.path != "/cars" || step.method != "GET" {
					body = added.ReplaceAllString(body, `"added":"…"`)
				}
				if status != step.status || !sameJSON(body, step.want) {
					t.Errorf("%s %s: status %d, want %d; %s\nwant %s",
						step.method, step.path, status, step.status, body, step.want)
				}
				media := header.Get("Content-Type")
				if step.path == "/health" && media != "text/plain; charset=utf-8" {
					t.Errorf("%s is %s", step.path, media)
				}
			}
			c.stop()
			const line = "method=DELETE path=/cars/4 status=204 bytes=0 duration="
			if log := c.stderr.String(); !strings.Contains(log, line) {
				t.Errorf("the log is\n%s", log)
			}
		})
	}
}

// The filters have values as the responses show them.
func TestCarsCanBeFilteredOrderedAndPaged(t *testing.T) {
	for _, database := range databases[:2] { // the results of MySQL's procedures cannot be filtered
		t.Run(database.name, func(t *testing.T) {
			c := start(t, database.uri(t), "-init")
			for _, test := range []struct{ query, want string }{
				{
					"doors=eq.4&order=name&limit=1&select=name,doors",
					`[{"name": "Citroën", "doors": 4}]`,
				},
				{
					"electric=eq.true&select=id,electric",
					`[{"id": 3, "electric": true}]`,
				},
				{
					"price=gt.9&order=price.desc&select=model",
					`[{"model": "Roadster"}, {"model": "Model T"}]`,
				},
				{
					"price=is.null&select=model,price",
					`[{"model": "2CV", "price": null}]`,
				},
				{
					"name=ilike.f*&select=name,added",
					`[{"name": "Ford", "added": "2024-03-01T08:30:00"}]`,
				},
				{
					"or=(id.eq.1,model.eq.Roadster)&order=id.desc&select=number:id",
					`[{"number": 3}, {"number": 1}]`,
				},
				{
					"features-%3E%3E0=eq.hand%20crank&select=features",
					`[{"features": ["hand crank", "brass lamps"]}]`,
				},
				{
					"select=id,first:features-%3E0,features-%3E%3E1&order=id&limit=1",
					`[{"id": 1, "first": "hand crank", "features": "brass lamps"}]`,
				},
				{
					"id=gt.9",
					`[]`,
				},
			} {
				status, _, body := c.get("/cars?" + test.query)
				if status != 200 || !sameJSON(body, test.want) {
					t.Errorf("%s: %d %s, want %s", test.query, status, body, test.want)
				}
			}
			status, _, body := c.get("/cars?dors=eq.4")
			if status != 400 || !strings.Contains(body, `perhaps you mean \"doors\"`) {
				t.Errorf("%d %s", status, body)
			}
			c.stop()
		})
	}
}

func TestInvalidRequestsAreRefused(t *testing.T) {
	for _, database := range databases {
		t.Run(database.name, func(t *testing.T) {
			c := start(t, database.uri(t), "-init")
			noCar := http.StatusBadRequest
			if database.name == "SQLite" {
				noCar = http.StatusNotFound // parameters of SQLite have no type
			}
			for _, refusal := range []struct {
				reason, method, path, contentType, body string
				status                                  int
			}{
				{
					reason: "a wrong password", method: "GET", path: "/user?username=ada&password=byron",
					status: 404,
				},
				{
					reason: "another password", method: "GET", path: "/user?username=ada&password=ANALYTICAL",
					status: 404,
				},
				{reason: "no password", method: "GET", path: "/user?username=ada", status: 400},
				{reason: "no such car", method: "GET", path: "/cars/99", status: 404},
				{reason: "an id that is no number", method: "GET", path: "/cars/x", status: noCar},
				{reason: "nothing to delete", method: "DELETE", path: "/cars/99", status: 404},
				{
					reason: "nothing to update", method: "PUT", path: "/cars/99", contentType: formType,
					body: "name=a&model=b&doors=2", status: 404,
				},
				{
					reason: "not a number", method: "PUT", path: "/cars/1", contentType: formType,
					body: "name=a&model=b&doors=x", status: 400,
				},
				{
					reason: "not a number", method: "POST", path: "/cars", contentType: jsonType,
					body: `{"name":"a","model":"b","doors":"two"}`, status: 400,
				},
				{
					reason: "too many doors", method: "POST", path: "/cars", contentType: jsonType,
					body: `{"name":"a","model":"b","doors":77}`, status: 400,
				},
				{
					reason: "more doors than an integer holds", method: "POST", path: "/cars",
					contentType: jsonType, body: `{"name":"a","model":"b","doors":99999999999999999999}`,
					status: 400,
				},
				{
					reason: "NULL", method: "POST", path: "/cars", contentType: jsonType,
					body: `{"name":"a","model":"b","doors":null}`, status: 400,
				},
				{
					reason: "an empty name", method: "POST", path: "/cars", contentType: jsonType,
					body: `{"name":"","model":"b","doors":2}`, status: 400,
				},
				{
					reason: "a missing field", method: "POST", path: "/cars", contentType: jsonType,
					body: `{"name":"a","model":"b"}`, status: 400,
				},
				{
					reason: "malformed JSON", method: "POST", path: "/cars", contentType: jsonType,
					body: `{"name":`, status: 400,
				},
				{reason: "a limit that is no number", method: "GET", path: "/films?limit=x", status: 400},
				{reason: "a field given twice", method: "GET", path: "/films?limit=1&limit=2", status: 400},
				{
					reason: "an unknown media type", method: "POST", path: "/cars", contentType: "text/plain",
					body: "name=a", status: 415,
				},
				{
					reason: "a body that is too large", method: "POST", path: "/cars", contentType: formType,
					body: "name=" + strings.Repeat("a", 1<<20), status: 413,
				},
			} {
				status, header, body := c.request(
					refusal.method, refusal.path, refusal.contentType, refusal.body)
				if status != refusal.status || !isProblem(header) {
					t.Errorf("%s: status %d, want %d; %v: %s",
						refusal.reason, status, refusal.status, header, body)
				}
				var problem struct{ Status int }
				err := json.Unmarshal([]byte(body), &problem)
				if err != nil || problem.Status != refusal.status {
					t.Errorf("%s: %s, %v", refusal.reason, body, err)
				}
			}
			if _, _, body := c.request("GET", "/cars", "", ""); !sameJSON(body, cars) {
				t.Errorf("the cars have changed: %s", body)
			}
			c.stop()
			if log := c.stderr.String(); strings.Contains(log, "byron") {
				t.Errorf("the log has the password:\n%s", log)
			}
		})
	}
}
