package explorertest

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// axe returns the source of axe-core, which npm installs.
func axe(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		lacks(t, "no npm found: apt-get install npm")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "npm"))); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		lacks(t, "npm cannot install axe-core: "+err.Error()+"\n"+string(out))
	}
	source, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// violations returns what axe-core finds on the page.
func (p *tab) violations(source string) string {
	p.Helper()
	if err := chromedp.Do(p.ctx, chromedp.Evaluate[chromedp.Void](source)); err != nil {
		p.Fatal(err)
	}
	return p.js(`axe.run().then((r) => r.violations.map((v) => v.id + ': ' + v.help + '\n' +
		v.nodes.map((n) => n.html + ' ' + n.failureSummary).join('\n')).join('\n'))`)
}

// Nobody is shut out: axe-core finds nothing, in the light and in the dark, and on a phone nothing
// is wider than the screen.
func TestPageIsAccessible(t *testing.T) {
	source := axe(t)
	address := startPostgreSQL(t, "api.sql", "-schema", "api", "-schema", "odd", "-tables")
	p := open(t)
	for _, screen := range []struct {
		scheme string
		width  int64
	}{{"light", 1280}, {"dark", 375}} {
		p.prefers(screen.scheme)
		p.do(chromedp.EmulateViewport(screen.width, 800))
		for _, page := range []struct{ path, hash, shows string }{
			{"", "", "nav li"},
			{"/films", "", ".grid td"},
			{"/films", "#f.year=gt.1968&or.id=eq.1&view=text", ".panel pre"},
			{"/films", "#select=title,directors(name)", ".columns .picks .picks"},
			{"/rpc/kinds", "#method=post", ".fields"},
			{"/rpc/films_of", "#method=post&null=title", ".fields"},
			{"/rpc/picky", "#a.a=1&run=1", ".problem"},
			{"/rpc/sales", "#run=1&view=chart", ".panel img"},
			{"/rpc/" + url.PathEscape("مرحبا بالعالم"), "", ".fields"},
		} {
			p.visit(address, page.path, page.hash)
			p.await("document.querySelector('" + page.shows + "')")
			if page.path == "/rpc/kinds" {
				p.run() // whose errors are shown
			}
			p.js("document.querySelectorAll('details:not(.menu)').forEach((d) => { d.open = true; })")
			found := p.violations(source)
			if found != "" {
				t.Errorf("%+v %+v: %s", screen, page, found)
			}
			if over := p.js("document.documentElement.scrollWidth - innerWidth"); over != "0" {
				t.Errorf("%+v %+v: %s pixels too wide", screen, page, over)
			}
		}
	}
}
