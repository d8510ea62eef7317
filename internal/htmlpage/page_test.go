package htmlpage

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// Browsers name text/html first (MDN, "List of default Accept values"); what else sends requests
// gets JSON.
func TestWantedByBrowsersOnly(t *testing.T) {
	const chromium = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp," +
		"image/apng,*/*;q=0.8"
	for accept, want := range map[string]bool{
		chromium: true, "text/html": true, "text/html, application/json": false, "": false,
		"*/*": false, "application/json": false, "text/csv": false, "text/*": true,
		"text/html;q=0.5, application/json": false, "text/html;q=0": false,
		"image/avif,image/webp,image/*,*/*;q=0.8": false, // <img>
	} {
		r := httptest.NewRequest("GET", "/", nil)
		if accept != "" {
			r.Header.Set("Accept", accept)
		}
		if got := Wanted(r); got != want {
			t.Errorf("%q: %v", accept, got)
		}
	}
}

// Nothing of a page is markup, wherever it stands, and no link runs anything.
func TestTextsAreEscaped(t *testing.T) {
	const bad = `"><script>alert(1)</script>'`
	w := httptest.NewRecorder()
	Write(w, 400, Page{
		Title: bad, Lead: bad, Texts: []string{bad}, Facts: []Fact{{bad, bad}},
		Links:  []Link{{Href: "javascript:alert(1)", Text: bad, Note: bad}},
		Fields: []Field{{Name: bad, Value: bad, Fault: bad}, {Name: "p", Value: "hunter2", Secret: true}},
	})
	body := w.Body.String()
	if strings.Contains(body, "<script") || strings.Contains(body, `href="javascript`) ||
		strings.Contains(body, `value=""><`) || strings.Contains(body, "hunter2") {
		t.Error(body)
	}
	policy := w.Header().Get("Content-Security-Policy")
	if strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none'") {
		t.Error(policy)
	}
}
