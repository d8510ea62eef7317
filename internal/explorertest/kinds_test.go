package explorertest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/moresql/moresql/internal/pgtest"
)

// Each kind of routine, and each method of a relation, shows what it returns.
func TestKindsOfCalls(t *testing.T) {
	address := startPostgreSQL(t, "api.sql", "-schema", "api", "-tables")
	p := open(t)
	for _, test := range []struct {
		name, path, hash string
		shows            []string
	}{
		{"a scalar, in which a browser would lose digits", "/rpc/add",
			"#a.a=9007199254740992&a.b=1", []string{"200", "9007199254740993"}},
		{"columns in their order, with all digits", "/rpc/exact", "",
			[]string{"2\t1\ta", "9007199254740993\t0.10000000000000000000001\tNULL"}},
		{"a function that returns nothing", "/rpc/nothing", "", []string{"204", "It returns nothing"}},
		{"a procedure", "/rpc/forget", "#a.id=5", []string{"204"}},
		{"a row", "/rpc/add_film", "#a.id=7&a.title=Ronin", []string{"200", "Ronin"}},
		{"no rows", "/rpc/films_of", "#a.title=nowhere", []string{"0 rows", "No rows."}},
		{"INSERT", "/films", "#method=post&a.id=8&a.title=Drive&null=year", []string{"201", "Drive"}},
		{"UPDATE", "/films", "#method=patch&a.title=Driver&f.id=eq.8", []string{"200", "Driver"}},
		{"SELECT", "/films", "#f.title=like.Driv*", []string{"1 row", "Driver"}},
		{"DELETE", "/films", "#method=delete&f.id=eq.8", []string{"200", "Driver"}},
	} {
		p.visit(address, test.path, test.hash)
		p.run()
		p.await("document.querySelector('.facts') && !document.querySelector('[aria-busy]')")
		p.await("!document.querySelector('.grid table:not(.fixed)')") // its rows come with the next frame
		text := strings.ReplaceAll(p.text(".result"), "\t\n", "\t")
		for _, want := range test.shows {
			flat := strings.Join(strings.Fields(text), " ")
			if !strings.Contains(flat, strings.Join(strings.Fields(want), " ")) {
				t.Errorf("%s: %q is missing in\n%s", test.name, want, text)
			}
		}
	}
	p.visit(address, "/rpc/dot", "#run=1")
	p.await("document.querySelector('.panel img')?.naturalWidth === 1")
}

// What the server says of an argument stands at it, with the hint.
func TestErrorsOfTheServerAreAtTheirArguments(t *testing.T) {
	address := startPostgreSQL(t, "api.sql", "-schema", "api")
	p := open(t)
	p.visit(address, "/rpc/films_of", "")
	p.js(`(() => { window.fetch = async () => new Response(JSON.stringify({
		title: 'Bad Request', status: 400, message: 'two are wrong', hint: 'mend them',
		errors: [{field: 'since', message: 'is too early'}, {field: 'color', message: 'is unknown'}],
	}), {status: 400, headers: {'Content-Type': 'application/problem+json'}}); })()`)
	p.run()
	p.await("document.querySelector('.problem')")
	if got := p.text(".field[data-wrong]"); !strings.Contains(got, "since") ||
		!strings.Contains(got, "is too early") {
		t.Errorf("%s", got)
	}
	if got := p.text(".problem"); !strings.Contains(got, "color is unknown") ||
		!strings.Contains(got, "mend them") || strings.Contains(got, "too early") {
		t.Errorf("%s", got)
	}
}

// The copied programs run as they are.
func TestCopiedProgramsRun(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		lacks(t, "no node found: apt-get install nodejs")
	}
	address := startPostgreSQL(t, "api.sql", "-schema", "api")
	p := open(t)
	const films, nothing = "/rpc/films_of", "/rpc/nothing"
	show := "\nconsole.log(JSON.stringify(result));"
	for _, test := range []struct{ path, language, file, more, program, verb, prints string }{
		{films, "Go", "main.go", "", "go", "run", "The Italian Job"},
		{films, "fetch", "main.mjs", show, "node", "--no-warnings", "The Italian Job"},
		{nothing, "Go", "main.go", "", "go", "run", "204 No Content"},
		{nothing, "fetch", "main.mjs", "\nconsole.log(response.status);", "node", "--no-warnings", "204"},
	} {
		p.visit(address, test.path, "#method=post&a.title=`ital\"&a.since=1900")
		if test.path == films {
			p.set("title", "ital")
		}
		p.js("document.querySelector('.snippet').open = true")
		p.js("document.querySelector('[name=language][value=" + test.language + "]').click()")
		code := p.js("document.querySelector('.snippet pre').textContent") + test.more
		file := filepath.Join(t.TempDir(), test.file)
		if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(test.program, test.verb, file).CombinedOutput()
		if err != nil || !strings.Contains(string(out), test.prints) {
			t.Errorf("%s %s: %v\n%s\n%s", test.language, test.path, err, out, code)
		}
	}
}

// A token that is given has the page list what its role may call, and is sent with the calls.
func TestTokenDecidesOnTheList(t *testing.T) {
	const secret = "a secret of at least thirty-two bytes"
	role := fmt.Sprintf("explorer_%d", rand.Uint32())
	server := connect(t, pgtest.URI(t))
	execute(t, server, "CREATE ROLE "+role)
	t.Cleanup(func() { server.Exec("DROP ROLE " + role) })
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	address := startPostgreSQL(t, "rights.sql", "-schema", "api", "-jwt-secret", "@"+file)
	p := open(t)
	p.do(chromedp.Navigate(address))
	p.await("document.querySelector('main h1').innerText === 'A token is needed'")
	encode := base64.RawURLEncoding.EncodeToString
	token := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." +
		encode([]byte(`{"role":"`+role+`"}`))
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write([]byte(token))
	token += "." + encode(sum.Sum(nil))
	p.js(`(() => { document.getElementById('token').value = '` + token + `';
		document.querySelector('.popup').requestSubmit(); })()`)
	p.await("document.querySelector('nav li')")
	// By content-visibility the list has an innerText only once it has been drawn.
	list := p.js("[...document.querySelectorAll('nav li .name')].map((n) => n.textContent).join()")
	if list != "open" {
		t.Errorf("%s", list)
	}
	p.js("document.querySelector('nav li a').click()")
	p.run()
	p.await("document.querySelector('.one')?.innerText.includes('" + role + "')")
	p.js("document.querySelector('.snippet').open = true")
	p.await("document.querySelector('.snippet pre').textContent")
	code := p.js("document.querySelector('.snippet pre').textContent")
	if strings.Contains(code, token) ||
		!strings.Contains(code, `"Authorization: Bearer $TOKEN"`) {
		t.Errorf("%s", code)
	}
}
