package explorertest

import (
	"net/http"
	"strings"
	"testing"
)

// A channel is shown as it sends, whatever it sends, until the page shows something else.
func TestChannelIsShownLive(t *testing.T) {
	address := startPostgreSQL(t, "events.sql", "-schema", "api", "-events", "films")
	p := open(t)
	p.visit(address, "/events/films", "")
	p.run()
	p.await("document.querySelector('.facts')?.innerText.includes('live')")
	for _, what := range []string{`{"title":"Alien","year":1979}`, "<img src=x onerror=alert(1)>"} {
		response, err := http.Post(address+"/rpc/announce", "text/plain", strings.NewReader(what))
		if err != nil || response.StatusCode != 204 {
			t.Fatal(response, err)
		}
		response.Body.Close()
	}
	p.await("document.querySelectorAll('.events li').length === 2")
	text := p.text(".events")
	for _, want := range []string{"<img src=x onerror=alert(1)>", `"title": "Alien"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if facts := p.text(".facts"); !strings.Contains(facts, "2 events") {
		t.Errorf("the facts are %q", facts)
	}
	if found := p.violations(axe(t)); found != "" {
		t.Error(found)
	}
	p.js("document.querySelector('.result .resultbar button').click()")
	p.await("document.querySelector('.facts').innerText.includes('stopped')")
}
