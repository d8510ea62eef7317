package explorertest

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// set puts a value into the control of an argument as typing does.
func (p *tab) set(argument, value string) {
	p.Helper()
	p.js(fmt.Sprintf(`(() => {
		const field = [...document.querySelectorAll('.field')]
			.find((f) => f.querySelector('.label .name')?.textContent === %q);
		const input = field.querySelector('input, textarea, select:not(.mode)');
		if (input.type === 'radio') {
			[...field.querySelectorAll('label')].find((l) => l.textContent === %[2]q).click();
			return;
		}
		input.value = %[2]q;
		input.dispatchEvent(new Event('input', {bubbles: true}));
		input.dispatchEvent(new Event('change', {bubbles: true}));
	})()`, argument, value))
}

// run presses the button of the form.
func (p *tab) run() {
	p.Helper()
	p.js("document.querySelector('form.card .primary').click()")
}

// showText shows a result as text.
func (p *tab) showText() {
	p.Helper()
	p.js("document.querySelector('.resultbar [value=text]').click()")
}

// body returns what a server responds with.
func body(t *testing.T, method, target, sent string) string {
	t.Helper()
	r, err := http.NewRequest(method, target, strings.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func parsed(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// Each type has its control, and what is given there reaches the function as that type.
func TestControlsGiveTheirTypes(t *testing.T) {
	address := startPostgreSQL(t, "api.sql", "-schema", "api")
	p := open(t)
	p.visit(address, "/rpc/kinds", "#method=post")
	types := p.js(`[...document.querySelectorAll('.fields .field')].map((f) => {
		const c = f.querySelector('input, textarea, select:not(.mode), button');
		return f.querySelector('.name').textContent + ':' + c.tagName + ':' + c.type;
	}).join(' ')`)
	want := "whole:INPUT:number share:INPUT:number size:SELECT:select-one flag:INPUT:radio " +
		"day:INPUT:date at:INPUT:datetime-local clock:INPUT:time data:TEXTAREA:textarea " +
		"words:BUTTON:button photo:INPUT:file note:TEXTAREA:textarea"
	if types != want {
		t.Errorf("%s\nwant %s", types, want)
	}
	for argument, value := range map[string]string{
		"whole": "7", "share": "50", "size": "medium", "flag": "true", "day": "2026-02-03",
		"at": "2026-02-03T04:05:06", "clock": "07:08:09", "data": `{"a": [1, null]}`,
	} {
		p.set(argument, value)
	}
	p.js(`(() => {
		const button = [...document.querySelectorAll('button')]
			.find((b) => b.textContent === 'Add an element');
		button.click(); button.click();
		document.querySelectorAll('.items input, .items textarea').forEach((input, i) => {
			input.value = ['a,b', ''][i]; input.dispatchEvent(new Event('input', {bubbles: true})); });
		const file = document.querySelector('input[type=file]');
		const list = new DataTransfer();
		list.items.add(new File([new Uint8Array([0, 255])], 'photo'));
		file.files = list.files; file.dispatchEvent(new Event('change', {bubbles: true}));
	})()`)
	p.await("document.querySelector('input[type=file]').closest('.valued').dataset.mode === 'value'")
	p.run()
	p.await("document.querySelector('.ok')")
	p.showText()
	at := p.js("new Date('2026-02-03T04:05:06').toISOString()")
	expected := body(t, "POST", address+"/rpc/kinds", `{"whole": 7, "share": 50, "size": "medium",
		"flag": true, "day": "2026-02-03", "at": "`+at+`", "clock": "07:08:09",
		"data": {"a": [1, null]}, "words": ["a,b", ""], "photo": "\\x00ff"}`)
	got := p.js("document.querySelector('.panel pre').textContent")
	if !reflect.DeepEqual(parsed(t, got), parsed(t, expected)) {
		t.Errorf("%s\nwant %s", got, expected)
	}
	// NULL is neither an empty text nor a default.
	for mode, want := range map[string]any{"null": nil, "value": "", "default": "none"} {
		p.js(fmt.Sprintf(`(() => { const m = [...document.querySelectorAll('.mode')].at(-1);
			m.value = %q; m.dispatchEvent(new Event('change', {bubbles: true})); })()`, mode))
		p.js("document.querySelector('.result').replaceChildren()")
		p.run()
		p.await("document.querySelector('.panel pre')")
		text := p.js("document.querySelector('.panel pre').textContent")
		if note := parsed(t, text).(map[string]any)["note"]; note != want {
			t.Errorf("%s: %v, want %v", mode, note, want)
		}
	}
}

// A result of 100,000 rows scrolls to its end, and few of them are elements at any time.
func TestLongResultsScrollToTheirEnd(t *testing.T) {
	address := startPostgreSQL(t, "api.sql", "-schema", "api")
	p := open(t)
	p.visit(address, "/rpc/many", "#a.n=100000&run=1")
	p.await("document.querySelector('.grid table.fixed')")
	if facts := p.text(".facts"); !strings.Contains(facts, "100,000 rows") {
		t.Errorf("%s", facts)
	}
	for _, row := range []int{50000, 100000} {
		p.js(fmt.Sprintf("document.querySelector('.grid').scrollTop = %d * 34", row-8))
		sum := md5.Sum(fmt.Append(nil, row))
		p.await(fmt.Sprintf(`document.querySelector('[data-row="%d"]')?.closest('tr').innerText
			.includes(%q)`, row-1, hex.EncodeToString(sum[:])))
	}
	if n := p.js("document.querySelectorAll('.grid tr').length < 80"); n != "true" {
		t.Errorf("%s rows are elements", p.js("document.querySelectorAll('.grid tr').length"))
	}
	// Sorted by the server, the last comes first, with all its digits.
	p.js("[...document.querySelectorAll('th button')].at(-1).click()")
	p.await("document.querySelector('[aria-sort=ascending]')")
	p.js("[...document.querySelectorAll('th button')].at(-1).click()")
	p.await("document.querySelector('.grid tbody:nth-of-type(2)').innerText.includes('10000000000')")
	if hash := p.js("location.hash"); !strings.Contains(hash, "order=square.desc") {
		t.Errorf("%s", hash)
	}
}

// What is wrong stands at its argument, and what the server says besides is shown with its hint.
func TestErrorsAreShownWhereTheyBelong(t *testing.T) {
	address := startPostgreSQL(t, "api.sql", "-schema", "api", "-tables")
	p := open(t)
	p.visit(address, "/rpc/kinds", "")
	p.set("share", "101")
	p.set("data", "{")
	p.run()
	wrong := p.js(`[...document.querySelectorAll('.field[data-wrong]')].map((f) =>
		f.querySelector('.name').textContent + ': ' + f.querySelector('.error').textContent).join('; ')`)
	for _, want := range []string{
		"whole: needs a number", "share: ", "size: needs a choice", "data: is not JSON",
	} {
		if !strings.Contains(wrong, want) {
			t.Errorf("%q is missing: %s", want, wrong)
		}
	}
	if p.js("document.activeElement.getAttribute('aria-invalid')") != "true" {
		t.Errorf("%s has the focus", p.js("document.activeElement.outerHTML"))
	}
	p.visit(address, "/rpc/picky", "#a.a=1&run=1")
	p.await("document.querySelector('.problem')")
	if text := p.text(".problem"); !strings.Contains(text, "nothing is good enough") ||
		!strings.Contains(text, "try something else") || !strings.Contains(text, "P0001") {
		t.Errorf("%s", text)
	}
	p.visit(address, "/films", "#f.year=gte.x")
	p.await("document.querySelector('.problem')")
}

// Whatever names, comments, defaults and values hold is text.
func TestNothingOfTheDatabaseIsHTML(t *testing.T) {
	address := startPostgreSQL(t, "api.sql", "-schema", "api", "-schema", "odd")
	p := open(t)
	p.visit(address, "/rpc/%3Cimg%20src=x%20onerror=alert%281%29%3E", "#run=1")
	p.await("document.querySelector('.grid td.text')")
	if got := p.text(".grid td.text"); !strings.HasPrefix(got, "<img src=x onerror=alert(2)>") {
		t.Errorf("%s", got)
	}
	n := p.js("document.querySelectorAll('main img, main svg, main i, main script').length")
	if n != "0" {
		t.Errorf("%s elements of the database", n)
	}
}

// The copied call is the call: the shell runs it, and it returns what the page shows.
func TestCopiedCallRuns(t *testing.T) {
	address := startPostgreSQL(t, "api.sql", "-schema", "api")
	p := open(t)
	for _, test := range []struct{ path, hash string }{
		{"/rpc/films_of", "#a.title=o'v&a.since=1950&f.year=gte.1960&run=1"},
		{"/rpc/films_of", "#method=post&a.title=$HOME`id`\"&null=since"},
	} {
		p.visit(address, test.path, test.hash)
		p.js("document.querySelector('.snippet').open = true")
		p.await("document.querySelector('.snippet pre').textContent")
		line := p.js("document.querySelector('.snippet pre').textContent")
		out, err := exec.Command("bash", "-c", strings.Replace(line, "curl -g", "curl -sgf", 1)).Output()
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		p.run()
		p.await("document.querySelector('.ok')")
		p.showText()
		if got := p.js("document.querySelector('.panel pre').textContent"); !reflect.DeepEqual(
			parsed(t, got), parsed(t, string(out))) {
			t.Errorf("%s\n%s\nthe page: %s", line, out, got)
		}
	}
}

// The address has the state, so that back and forward and another tab show it again; a token is in
// no address and no storage that outlives the tab.
func TestStateIsInTheAddress(t *testing.T) {
	address := startPostgreSQL(t, "api.sql", "-schema", "api")
	p := open(t)
	p.visit(address, "/rpc/films_of", "")
	p.set("title", "love")
	p.run()
	p.await("document.querySelector('.facts')?.innerText.includes('1 row')")
	link := p.js("location.href")
	p.js("document.querySelector('nav a').click()")
	p.await("!document.querySelector('.facts')")
	p.js("history.back()")
	p.await("document.querySelector('.facts')?.innerText.includes('1 row')")
	p.do(chromedp.Navigate("about:blank"), chromedp.Navigate(link))
	p.await("document.querySelector('.grid')?.innerText.includes('The Love Bug')")
	p.js(`(() => { document.getElementById('token').value = 'top-secret';
		document.querySelector('.popup').requestSubmit(); })()`)
	p.await("document.querySelector('[data-set]')")
	kept := p.js("localStorage.length + document.cookie + location.href.includes('top-secret')")
	if kept != "0false" {
		t.Errorf("the token is kept at %s", p.js("location.href"))
	}
}

// What a form can do works without JavaScript.
func TestPageWithoutJavaScript(t *testing.T) {
	address := startPostgreSQL(t, "api.sql", "-schema", "api")
	p := open(t)
	if _, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled,
		emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	click := func(selector string) { p.do(chromedp.Click(chromedp.CSS(selector))) }
	p.do(chromedp.Navigate(address))
	click(`nav a[href="?call=%2frpc%2ffilms_of"]`)
	click(".more a")
	p.do(chromedp.SendKeys(chromedp.CSS(`input[name="title"]`), "italian"))
	click("form .primary")
	p.do(chromedp.WaitVisible(chromedp.CSS("table td")))
	if text := p.text("table"); !strings.Contains(text, "The Italian Job") ||
		strings.Contains(text, "Bullitt") {
		t.Errorf("%s", text)
	}
	p.do(chromedp.Navigate(address+"/?call=/rpc/add_film"),
		chromedp.SendKeys(chromedp.CSS(`form[method=post] [name="id"]`), "6"),
		chromedp.SendKeys(chromedp.CSS(`form[method=post] [name="title"]`), "Ronin"))
	click("form[method=post] .primary")
	p.do(chromedp.WaitVisible(chromedp.CSS("table td")))
	if text := p.text("table"); !strings.Contains(text, "Ronin") {
		t.Errorf("%s", text)
	}
}
