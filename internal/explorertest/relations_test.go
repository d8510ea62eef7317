package explorertest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// tick clicks the box of a column, or of what can be embedded, in a group.
func (p *tab) tick(group, box string) {
	p.Helper()
	p.await("document.querySelector('.columns')")
	p.js(`(() => {
		const picks = [...document.querySelectorAll('.columns .picks')]
			.find((g) => (g.querySelector(':scope > legend')?.textContent ?? '') === '` + group + `');
		[...picks.querySelectorAll(':scope > label')]
			.find((l) => l.querySelector('.name').textContent === '` + box + `').click();
	})()`)
}

// filter adds a filter with the button of a name.
func (p *tab) filter(column, operator, value, button string) {
	p.Helper()
	p.js(`(() => {
		const form = document.querySelector('form.adder');
		const [column, operator] = form.querySelectorAll('select');
		column.value = '` + column + `';
		operator.value = '` + operator + `';
		form.querySelector('input').value = '` + value + `';
		[...form.querySelectorAll('button')].find((b) => b.textContent === '` + button + `').click();
	})()`)
}

// shows waits until the page shows, as JSON, what the server sends for a path.
func (p *tab) shows(address, path string) {
	p.Helper()
	want := body(p.T, "GET", address+path, "")
	if !strings.HasPrefix(want, "[{") {
		p.Fatalf("%s: %s", path, want)
	}
	p.await("document.querySelector('.result .resultbar [value=text]')")
	p.showText()
	p.await(fmt.Sprintf(`(() => { const pre = document.querySelector('.panel pre');
		return pre && JSON.stringify(JSON.parse(pre.textContent)) === JSON.stringify(JSON.parse(%q));
	})()`, want))
}

// Columns, what is embedded by foreign keys, and alternatives among the filters are chosen by
// controls; the server sends what they say, and the address has it for the next who opens it.
func TestPartsOfRelationsAreChosen(t *testing.T) {
	address := startPostgreSQL(t, "api.sql", "-schema", "api", "-tables")
	p := open(t)
	p.visit(address, "/films", "")
	for _, column := range []string{"rating", "seen", "added", "tags", "extra", "director"} {
		p.tick("Columns", column)
	}
	p.shows(address, "/films?select=id,title,year")
	p.tick("", "directors")
	p.shows(address, "/films?select=id,title,year,directors(*)")
	p.tick("Columns of directors", "id")
	const selected = "select=id,title,year,directors(name,%22born%20in%22)"
	p.shows(address, "/films?"+selected)
	p.filter("year", "gt", "1980", "Add filter")
	p.shows(address, "/films?year=gt.1980&"+selected)
	p.filter("title", "ilike", `*,"the*`, "Or")
	p.filter("title", "ilike", "the *", "Or")
	p.filter("id", "in", "1,2", "Or")
	p.filter("id", "neq", "5", "Add filter")
	path := "/films?or=(year.gt.1980,title.ilike.%22*,%5C%22the*%22,title.ilike.%22the%20*%22," +
		"id.in.(1,2))&id=neq.5&" + selected
	p.shows(address, path)
	p.filter("directors.born in", "eq", "Detroit", "Add filter")
	p.filter("directors.name", "ilike", "z*", "Or")
	const inside = "&directors.or=(%22born%20in%22.eq.Detroit,name.ilike.%22z*%22)" +
		"&directors.name=neq.Bob"
	p.filter("directors.name", "neq", "Bob", "Add filter")
	p.shows(address, path+inside)
	link := p.js("location.href")
	p.visit(address, "/directors", "")
	p.visit(address, "/films", link[strings.Index(link, "#"):])
	p.shows(address, path+inside)
	boxes := p.js(`[...document.querySelectorAll('.columns input:checked')]
		.map((b) => b.parentNode.querySelector('.name').textContent).join()`)
	if boxes != "id,title,year,directors,name,born in" {
		t.Errorf("the boxes of the link: %s", boxes)
	}
	// Without the first of the alternatives the others stay alternatives.
	p.js("document.querySelector('.chips button').click()")
	p.shows(address, strings.Replace(path+inside, "year.gt.1980,", "", 1))
	p.tick("", "directors") // whose filters go with it
	p.shows(address, strings.ReplaceAll(strings.Replace(path, "year.gt.1980,", "", 1),
		",directors(name,%22born%20in%22)", ""))

	// What has no box is text.
	state := url.Values{"select": {"no:id,extra->cars->>0,directors(name)"}}
	p.visit(address, "/films", "#"+state.Encode())
	p.shows(address, "/films?select=no:id,extra-%3Ecars-%3E%3E0,directors(name)")
	p.visit(address, "/rpc/films_of", "#run=1&select=title,directors(name)")
	p.shows(address, "/rpc/films_of?select=title,directors(name)")
	p.visit(address, "/directors", "#select=name,films(title)")
	p.shows(address, "/directors?select=name,films(title)")
}

// With -aggregates rows are counted and added up by the columns that are ticked; without it there
// is no control for what the server refuses.
func TestAggregatesAreChosen(t *testing.T) {
	address := startPostgreSQL(t, "api.sql", "-schema", "api", "-tables", "-aggregates")
	p := open(t)
	p.visit(address, "/films", "")
	add := func(function, column string) {
		p.js(`(() => {
			const [of, column] = document.querySelectorAll('.columns .adder select');
			of.value = '` + function + `';
			of.dispatchEvent(new Event('change'));
			column.value = '` + column + `';
			document.querySelector('.columns .adder button').click();
		})()`)
	}
	p.await("document.querySelector('.columns .adder')")
	add("count", "")
	p.shows(address, "/films?select=count()")
	p.tick("Columns", "director")
	p.shows(address, "/films?select=director,count()")
	add("max", "year")
	p.shows(address, "/films?select=director,count(),max_year:year.max()")
	link := p.js("location.href")
	p.visit(address, "/directors", "")
	p.visit(address, "/films", link[strings.Index(link, "#"):])
	p.shows(address, "/films?select=director,count(),max_year:year.max()")
	p.js("document.querySelector('.columns .chips button').click()")
	p.shows(address, "/films?select=director,max_year:year.max()")
	if found := p.violations(axe(t)); found != "" {
		t.Error(found)
	}

	address = startPostgreSQL(t, "api.sql", "-schema", "api", "-tables")
	p.visit(address, "/films", "")
	p.await("document.querySelector('.columns .picks')")
	if p.js("String(document.querySelector('.columns .adder') === null)") != "true" {
		t.Error("there is a control for what is refused")
	}
}

// What the page shows of a path is what the document says of it, not what its name looks like.
func TestPageReadsKindsFromTheDocument(t *testing.T) {
	address := startPostgreSQL(t, "api.sql", "-schema", "api", "-tables")
	p := open(t)
	p.visit(address, "", "")
	list := p.js(`[...document.querySelectorAll('nav .kind')]
		.map((k) => k.parentNode.querySelector('.name').textContent + ':' + k.textContent).join()`)
	if list != "directors:table,films:table,titles:view" {
		t.Errorf("%s", list)
	}
	for path, want := range map[string]string{
		"/rpc/films_of": "GET", "/rpc/add_film": "POST", "/films": "GET", "/rpc/forget": "POST",
	} {
		p.visit(address, path, "")
		if got := p.text("main .path"); !strings.HasPrefix(got, want+" ") {
			t.Errorf("%s begins with %s, want %s", path, got, want)
		}
	}
}

// All that chooses a part of a result works by the keyboard alone, which keeps its place.
func TestPartsAreChosenByKeyboard(t *testing.T) {
	address := startPostgreSQL(t, "api.sql", "-schema", "api", "-tables")
	p := open(t)
	p.visit(address, "/films", "")
	p.await("document.querySelector('.grid table.fixed')")
	press := func(selector, keys string) {
		p.Helper()
		p.js("document.querySelector(" + fmt.Sprintf("%q", selector) + ").focus()")
		p.do(chromedp.KeyEvent(keys))
	}
	press(".columns summary", kb.Enter)
	p.await("document.querySelector('.columns').open")
	press(".columns .picks input", " ")
	p.await("location.hash.includes('select=title')")
	if box := p.js("document.activeElement.dataset.box"); strings.TrimSpace(box) != "id" {
		t.Errorf("after the space the place is %s", p.js("document.activeElement.outerHTML"))
	}
	p.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(" ")) // to the next box
	p.await("location.hash.includes('select=year')")
	press(".adder input", "1"+kb.Enter)
	p.await("document.querySelector('.chips li')")
	if focus := p.js("document.activeElement.placeholder"); focus != "value" {
		t.Errorf("after a filter the place is %s", p.js("document.activeElement.outerHTML"))
	}
	press(".adder input", "2"+kb.Tab+kb.Tab+kb.Enter) // past Add filter
	p.await("document.querySelectorAll('.chips li').length === 2")
	if text := p.text(".chips"); !strings.Contains(text, "or") {
		t.Errorf("%s", text)
	}
	press(".chips button", kb.Enter)
	p.await("document.querySelectorAll('.chips li').length === 1")
	if focus := p.js("document.activeElement.tagName"); focus == "BODY" {
		t.Error("the place is lost with the filter that is removed")
	}
}
