package explorertest

import (
	"strings"
	"testing"
)

// samples are the databases of the sample, of which each has other controls: the files of SQL that
// SQLite has for procedures have no types.
var samples = []struct {
	name     string
	start    func(t *testing.T) (address string)
	controls map[string]string // of the calls by path and method: name, tag, type
}{
	{
		"SQLite", func(t *testing.T) string { return start(t, "") },
		map[string]string{
			"/user get":         "username:INPUT:text password:INPUT:password",
			"/cars get":         "",
			"/cars post":        "name:INPUT:text model:INPUT:text doors:INPUT:text",
			"/cars/{id} get":    "id:INPUT:text",
			"/cars/{id} put":    "id:INPUT:text name:INPUT:text model:INPUT:text doors:INPUT:text",
			"/films get":        "title:INPUT:text year:INPUT:text limit:INPUT:text",
			"/cars/{id} delete": "id:INPUT:text",
		},
	},
	{
		"PostgreSQL", startSample,
		map[string]string{
			"/user get":      "username:TEXTAREA:textarea password:INPUT:password",
			"/cars get":      "",
			"/cars post":     "name:TEXTAREA:textarea model:TEXTAREA:textarea doors:INPUT:number",
			"/cars/{id} get": "id:INPUT:number",
			"/cars/{id} put": "id:INPUT:number name:TEXTAREA:textarea model:TEXTAREA:textarea " +
				"doors:INPUT:number",
			"/films get":        "title:TEXTAREA:textarea year:INPUT:number limit:INPUT:text",
			"/cars/{id} delete": "id:INPUT:number",
		},
	},
}

// startSample serves the sample on PostgreSQL.
func startSample(t *testing.T) string {
	t.Helper()
	return start(t, newDatabase(t), "-superuser", "-init")
}

// Each route of the sample is there with its comment and its controls, and does through them what
// it does for other clients.
func TestSample(t *testing.T) {
	for _, sample := range samples {
		t.Run(sample.name, func(t *testing.T) {
			address := sample.start(t)
			p := open(t)
			p.visit(address, "", "")
			list := p.js(`[...document.querySelectorAll('nav li a')].map((a) =>
				[...a.querySelectorAll('.name, .summary')].map((n) => n.textContent).join(': ')).join('; ')`)
			want := "user: The user with a name and a password; cars: All cars; " +
				"/cars/{id}: The car with an id; films: Films by a part of their title and by year"
			if list != want {
				t.Errorf("%s\nwant %s", list, want)
			}
			for call, want := range sample.controls {
				path, method, _ := strings.Cut(call, " ")
				p.visit(address, path, "#method="+method)
				got := p.js(`[...document.querySelectorAll('.fields .field')].map((f) => {
					const c = f.querySelector('input, textarea, select:not(.mode)');
					return f.querySelector('.name').textContent + ':' + c.tagName + ':' + c.type;
				}).join(' ')`)
				if got != want {
					t.Errorf("%s: %s, want %s", call, got, want)
				}
			}

			p.visit(address, "/films", "")
			p.set("title", "the")
			p.set("limit", "2")
			p.run()
			p.shows(address, "/films?title=the&limit=2")
			p.visit(address, "/films", "#run=1&view=chart")
			p.await("document.querySelector('.panel img')?.naturalWidth > 0")
			p.visit(address, "/cars", "")
			p.run()
			p.shows(address, "/cars")

			fill := func(path, method string, values ...string) {
				p.visit(address, path, "#method="+method)
				for i := 0; i < len(values); i += 2 {
					p.set(values[i], values[i+1])
				}
				p.run()
			}
			fill("/cars", "post", "name", "Fiat", "model", "500", "doors", "2")
			p.await("document.querySelector('.ok')?.innerText.startsWith('201')")
			fill("/cars/{id}", "put", "id", "4", "name", "Fiat", "model", "500 L", "doors", "4")
			p.await("document.querySelector('.one')?.innerText.includes('500 L')")
			fill("/cars/{id}", "get", "id", "4")
			p.await("document.querySelector('.one')?.innerText.includes('500 L')")
			if got := body(t, "GET", address+"/cars/4", ""); !strings.Contains(got, `"doors":4`) {
				t.Errorf("the car is %s", got)
			}
			fill("/cars/{id}", "delete", "id", "4")
			p.await("document.querySelector('.ok')?.innerText.startsWith('204')")
			fill("/cars/{id}", "get", "id", "4")
			p.await("document.querySelector('.bad')?.innerText.startsWith('404')")
			fill("/cars", "post", "name", "Fiat", "model", "500", "doors", "11")
			p.await("document.querySelector('.bad')?.innerText.startsWith('400')")

			fill("/user", "get", "username", "ada", "password", "analytical")
			p.await("document.querySelector('.one')?.innerText.includes('ada@example.com')")
			p.await("!location.hash.includes('password')")
		})
	}
}
