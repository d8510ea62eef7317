package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
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
)

// What the sample's data are, the same on every database.
const cars = `[
	{"id": 1, "name": "Ford", "model": "Model T", "doors": 4, "price": 850.25, "electric": false,
		"added": "2024-03-01T08:30:00", "features": ["hand crank", "brass lamps"]},
	{"id": 2, "name": "Citroën", "model": "2CV", "doors": 4, "price": null, "electric": false,
		"added": "2024-03-02T09:00:00", "features": []},
	{"id": 3, "name": "Tesla", "model": "Roadster", "doors": 2, "price": 98950.49, "electric": true,
		"added": "2024-03-03T17:45:10", "features": ["top \"targa\"", "heated, leather"]}]`

// newCar is the car that the sample makes; what it was added at is left out.
func newCar(id int, model string, doors int) string {
	return fmt.Sprintf(`{"id": %d, "name": "Lancia", "model": %q, "doors": %d, "price": null, "electric": false,
		"added": "…", "features": []}`, id, model, doors)
}

// films are all of them in CSV.
const films = "id,title,year\r\n1,Bullitt,1968\r\n2,The Love Bug,1968\r\n3,The Italian Job,1969\r\n4,Le Mans,1971\r\n5,Over the Top,1987\r\n"

// answers are those to the printed curl lines, in their order, when the next car has the given id.
func answers(id int) []struct {
	route  string
	status int
	body   string
} {
	return []struct {
		route  string
		status int
		body   string
	}{
		{"GET /user", 200, `{"id": 1, "username": "ada", "email": "ada@example.com"}`},
		{"GET /cars", 200, cars},
		{"POST /cars", 201, newCar(id, "Fulvia", 2)},
		{"GET /cars/{id}", 200, newCar(id, "Fulvia", 2)},
		{"PUT /cars/{id}", 200, newCar(id, "Flavia", 4)},
		{"DELETE /cars/{id}", 204, ""},
		{"GET /films", 200, `[{"id": 2, "title": "The Love Bug", "year": 1968}, {"id": 3, "title": "The Italian Job", "year": 1969}]`},
		{"GET /health", 200, "It works."},
		{"GET /films", 200, films},
	}
}

// TestCurl runs what the command prints, and after a second start, which has other ids, again.
func TestCurl(t *testing.T) {
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
	lines, want := c.curls(), answers(id)
	tried := append(slices.Clip(routes), route{method: "GET", pattern: "/films"}) // once more, as CSV
	if len(lines) != len(want) || len(lines) != len(tried) {
		t.Fatalf("%d curl lines, %d answers and %d routes:\n%s", len(lines), len(want), len(tried), c.stdout)
	}
	for i, line := range lines {
		r := tried[i].method + " " + tried[i].pattern
		status, body := shell(line)
		if r != want[i].route || status != want[i].status {
			t.Errorf("%s\nstatus %d for %s, want %d for %s; %s", line, status, r, want[i].status, want[i].route, body)
		}
		if r != "GET /cars" {
			body = added.ReplaceAllString(body, `"added":"…"`)
		}
		if !sameJSON(body, want[i].body) {
			t.Errorf("%s\ngot  %s\nwant %s", line, body, want[i].body)
		}
	}
}

// added matches when a car was added, in its form.
var added = regexp.MustCompile(`"added":"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d"`)

// newShell returns what runs a curl line as it is, and returns the status and the body.
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

// sameJSON compares as JSON what is JSON, with the digits of numbers, and else as text.
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

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

// TestCRUD walks a car through its life.
func TestCRUD(t *testing.T) {
	for _, database := range databases {
		t.Run(database.name, func(t *testing.T) {
			c := start(t, database.uri(t), "-init")
			for _, step := range []struct {
				method, path, contentType, body string
				status                          int
				want                            string
			}{
				{"POST", "/cars", formType, "name=Lancia&model=Fulvia&doors=2", 201, newCar(4, "Fulvia", 2)},
				{"GET", "/cars/4", "", "", 200, newCar(4, "Fulvia", 2)},
				{"HEAD", "/cars/4", "", "", 200, ""},
				{"PUT", "/cars/4", jsonType, `{"doors":4,"model":"Flavia","name":"Lancia","id":1}`, 200, newCar(4, "Flavia", 4)},
				{"PUT", "/cars/4", jsonType, `{"doors":4,"model":"Flavia","name":"Lancia"}`, 200, newCar(4, "Flavia", 4)},
				{"DELETE", "/cars/4", "", "", 204, ""},
				{"GET", "/cars", "", "", 200, cars},
				{"GET", "/films", "", "", 200, `[{"id":1,"title":"Bullitt","year":1968},{"id":2,"title":"The Love Bug","year":1968},
					{"id":3,"title":"The Italian Job","year":1969},{"id":4,"title":"Le Mans","year":1971},{"id":5,"title":"Over the Top","year":1987}]`},
				{"GET", "/films?year=1968&title=LOVE", "", "", 200, `[{"id":2,"title":"The Love Bug","year":1968}]`},
				{"GET", "/films?limit=0", "", "", 200, `[]`},
				{"GET", "/films?title=%25", "", "", 200, `[]`},
				{"GET", "/health", "", "", 200, "It works."},
			} {
				status, header, body := c.request(step.method, step.path, step.contentType, step.body)
				if step.path != "/cars" || step.method != "GET" {
					body = added.ReplaceAllString(body, `"added":"…"`)
				}
				if status != step.status || !sameJSON(body, step.want) {
					t.Errorf("%s %s: status %d, want %d; %s\nwant %s", step.method, step.path, status, step.status, body, step.want)
				}
				if media := header.Get("Content-Type"); step.path == "/health" && media != "text/plain; charset=utf-8" {
					t.Errorf("%s is %s", step.path, media)
				}
			}
			c.stop()
			if log := c.stderr.String(); !strings.Contains(log, "method=DELETE path=/cars/4 status=204 bytes=0 duration=") {
				t.Errorf("the log is\n%s", log)
			}
		})
	}
}

// TestParts asks for some of the cars, by values as they are in the answers.
func TestParts(t *testing.T) {
	for _, database := range databases[:2] { // what MySQL's procedures return has no parts
		t.Run(database.name, func(t *testing.T) {
			c := start(t, database.uri(t), "-init")
			for query, want := range map[string]string{
				"doors=eq.4&order=name&limit=1&select=name,doors":                 `[{"name": "Citroën", "doors": 4}]`,
				"electric=eq.true&select=id,electric":                             `[{"id": 3, "electric": true}]`,
				"price=gt.9&order=price.desc&select=model":                        `[{"model": "Roadster"}, {"model": "Model T"}]`,
				"price=is.null&select=model,price":                                `[{"model": "2CV", "price": null}]`,
				"name=ilike.f*&select=name,added":                                 `[{"name": "Ford", "added": "2024-03-01T08:30:00"}]`,
				"or=(id.eq.1,model.eq.Roadster)&order=id.desc&select=number:id":   `[{"number": 3}, {"number": 1}]`,
				"features-%3E%3E0=eq.hand%20crank&select=features":                `[{"features": ["hand crank", "brass lamps"]}]`,
				"select=id,first:features-%3E0,features-%3E%3E1&order=id&limit=1": `[{"id": 1, "first": "hand crank", "features": "brass lamps"}]`,
				"id=gt.9": `[]`,
			} {
				if status, _, body := c.get("/cars?" + query); status != 200 || !sameJSON(body, want) {
					t.Errorf("%s: %d %s, want %s", query, status, body, want)
				}
			}
			if status, _, body := c.get("/cars?dors=eq.4"); status != 400 || !strings.Contains(body, `perhaps you mean \"doors\"`) {
				t.Errorf("%d %s", status, body)
			}
			c.stop()
		})
	}
}

// TestRefusals sends what must be refused.
func TestRefusals(t *testing.T) {
	for _, database := range databases {
		t.Run(database.name, func(t *testing.T) {
			c := start(t, database.uri(t), "-init")
			noCar := http.StatusBadRequest
			if database.name == "SQLite" {
				noCar = http.StatusNotFound // its parameters have no type
			}
			for _, refusal := range []struct {
				reason, method, path, contentType, body string
				status                                  int
			}{
				{"a wrong password", "GET", "/user?username=ada&password=byron", "", "", 404},
				{"another password", "GET", "/user?username=ada&password=ANALYTICAL", "", "", 404},
				{"no password", "GET", "/user?username=ada", "", "", 400},
				{"no such car", "GET", "/cars/99", "", "", 404},
				{"no car's id", "GET", "/cars/x", "", "", noCar},
				{"nothing to delete", "DELETE", "/cars/99", "", "", 404},
				{"nothing to update", "PUT", "/cars/99", formType, "name=a&model=b&doors=2", 404},
				{"not a number", "PUT", "/cars/1", formType, "name=a&model=b&doors=x", 400},
				{"not a number", "POST", "/cars", jsonType, `{"name":"a","model":"b","doors":"two"}`, 400},
				{"too many doors", "POST", "/cars", jsonType, `{"name":"a","model":"b","doors":77}`, 400},
				{"more doors than an integer", "POST", "/cars", jsonType, `{"name":"a","model":"b","doors":99999999999999999999}`, 400},
				{"NULL", "POST", "/cars", jsonType, `{"name":"a","model":"b","doors":null}`, 400},
				{"an empty name", "POST", "/cars", jsonType, `{"name":"","model":"b","doors":2}`, 400},
				{"a missing field", "POST", "/cars", jsonType, `{"name":"a","model":"b"}`, 400},
				{"malformed JSON", "POST", "/cars", jsonType, `{"name":`, 400},
				{"a limit that is none", "GET", "/films?limit=x", "", "", 400},
				{"a field twice", "GET", "/films?limit=1&limit=2", "", "", 400},
				{"an unknown media type", "POST", "/cars", "text/plain", "name=a", 415},
				{"too large a body", "POST", "/cars", formType, "name=" + strings.Repeat("a", 1<<20), 413},
			} {
				status, header, body := c.request(refusal.method, refusal.path, refusal.contentType, refusal.body)
				if media := header.Get("Content-Type"); status != refusal.status || media != "application/problem+json" {
					t.Errorf("%s: status %d, want %d; %s: %s", refusal.reason, status, refusal.status, media, body)
				}
				var problem struct{ Status int }
				if err := json.Unmarshal([]byte(body), &problem); err != nil || problem.Status != refusal.status {
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

// request sends a request to the command.
func (c *command) request(method, path, contentType, body string) (status int, header http.Header, text string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url()+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return c.do(req)
}

func (c *command) do(req *http.Request) (status int, header http.Header, text string) {
	c.t.Helper()
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	read, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(read)
}
