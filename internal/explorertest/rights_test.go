package explorertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// result returns the text of the result once it has what it is to show, or is an error.
func (p *tab) result(shows string) string {
	p.Helper()
	p.await(fmt.Sprintf(`document.querySelector('.problem') ??
		document.querySelector('.result')?.innerText.includes(%q)`, shows))
	return p.text(".result")
}

// What a role may do it can do on the page: read a table of which it may read some columns only,
// write to that, and to one that it may not read at all.
func TestPageKeepsToTheRightsToColumns(t *testing.T) {
	uri := newDatabase(t)
	db := connect(t, uri)
	execute(t, db, `DO $$ BEGIN CREATE ROLE explorer_pat; EXCEPTION WHEN duplicate_object THEN END $$;
		CREATE SCHEMA api; GRANT USAGE ON SCHEMA api TO explorer_pat;
		CREATE TABLE api.notes (id int PRIMARY KEY, "e.f" text, secret text);
		CREATE TABLE api.marks (id int PRIMARY KEY, note int REFERENCES api.notes);
		CREATE TABLE api.box (id int);
		INSERT INTO api.notes VALUES (1, 'one'), (2, 'two'); INSERT INTO api.marks VALUES (1, 2);
		GRANT SELECT (id, "e.f"), INSERT (id, "e.f"), UPDATE ("e.f"), DELETE ON api.notes TO explorer_pat;
		GRANT SELECT ON api.marks TO explorer_pat; GRANT INSERT ON api.box TO explorer_pat`)
	t.Cleanup(func() { db.Exec("DROP OWNED BY explorer_pat; DROP ROLE explorer_pat") })
	address := start(t, uri, "-superuser", "-schema", "api", "-tables", "-anon-role", "explorer_pat")
	p := open(t)
	for _, test := range []struct{ path, hash, shows string }{
		{"/notes", "", "one"},
		{"/notes", "#f.e.f=eq.two", "two"}, // a name that the grammar has in quotes
		{"/notes", "#f.id=eq.1&or.e.f=eq.two", "one"},
		{"/marks", "#select=id,notes(*)", "two"},
		{"/marks", "#select=*,notes(*)", "two"},
	} {
		p.visit(address, test.path, test.hash)
		if got := p.result(test.shows); !strings.Contains(got, test.shows) {
			t.Errorf("%s%s: %s", test.path, test.hash, got)
		}
	}
	for _, test := range []struct{ path, method, hash, shows string }{
		{"/notes", "post", "&a.id=3&a.e.f=three", "three"},
		{"/notes", "patch", "&f.id=eq.3&a.e.f=four", "four"},
		{"/notes", "delete", "&f.e.f=eq.four", "four"},
		{"/box", "post", "&a.id=3", "201"},
	} {
		p.visit(address, test.path, "#method="+test.method+test.hash)
		p.run()
		if got := p.result(test.shows); !strings.Contains(got, test.shows) {
			t.Errorf("%s %s: %s", test.method, test.path, got)
		}
	}
	if _, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled,
		emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.Navigate(address+"/?call=%2fnotes"),
		chromedp.Click(chromedp.CSS("form[method=get] .primary")),
		chromedp.WaitVisible(chromedp.CSS("table, pre")))
	if text := p.text("table"); !strings.Contains(text, "one") {
		t.Errorf("without JavaScript: %s", text)
	}
	var box int
	if err := db.QueryRow("SELECT count(*) FROM api.box").Scan(&box); err != nil || box != 1 {
		t.Errorf("the box has %d rows: %v", box, err)
	}
}
