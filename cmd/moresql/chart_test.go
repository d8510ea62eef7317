package main

import (
	"bytes"
	"encoding/xml"
	"image/png"
	"strings"
	"testing"
)

// The Accept fields of <img> in Chromium and in Firefox 128, and of the latter for a page, which
// names pictures, too (MDN, "List of default Accept values").
const (
	chromiumImage = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
	firefoxImage  = "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"
	firefoxPage   = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp," +
		"image/png,image/svg+xml,*/*;q=0.8"
)

// charted are functions whose results have a chart, or none.
const charted = `
	CREATE TABLE api.log (n int);
	COMMENT ON TABLE api.log IS 'What has been called';
	CREATE FUNCTION api.sales(year int) RETURNS TABLE (month date, euros numeric)
		LANGUAGE sql STABLE AS $$ SELECT make_date(year, m, 1), m * 1000.5
			FROM generate_series(1, 12) m $$;
	COMMENT ON FUNCTION api.sales IS E'Sales by month\nfrom all shops';
	CREATE FUNCTION api.numbers(n int) RETURNS TABLE (i int, root float8) LANGUAGE plpgsql AS $$
		BEGIN INSERT INTO api.log VALUES (n);
		RETURN QUERY SELECT g, sqrt(g) FROM generate_series(1, n) g; END $$;
	CREATE FUNCTION api.words() RETURNS TABLE (a text, b text) LANGUAGE sql
		AS $$ INSERT INTO api.log VALUES (1); SELECT 'a', 'b' $$;
	CREATE DOMAIN "image/gif" AS bytea;
	CREATE FUNCTION api.portrait() RETURNS "image/gif" LANGUAGE sql STABLE
		AS $$ SELECT 'GIF89a'::bytea $$`

func TestImagesOfPagesAreLiveCharts(t *testing.T) {
	c, _ := startContract(t, charted, "-tables")
	for _, test := range []struct {
		reason, accept, target, contentType string
	}{
		{"<img> in Chromium", chromiumImage, "/rpc/sales?year=2026", "image/svg+xml"},
		{"<img> in Firefox", firefoxImage, "/rpc/sales?year=2026", "image/svg+xml"},
		{"a picture of points", "image/png", "/rpc/sales?year=2026", "image/png"},
		{"curl", "*/*", "/rpc/sales?year=2026", "application/json"},
		{"a page in Firefox", firefoxPage, "/rpc/sales?year=2026", "text/html; charset=utf-8"},
		{"a function's own picture in Chromium", chromiumImage, "/rpc/portrait", "image/gif"},
		{"a function's own picture in Firefox", firefoxImage, "/rpc/portrait", "image/gif"},
	} {
		status, header, body := c.get(test.target, "Accept", test.accept)
		if status != 200 || header.Get("Content-Type") != test.contentType ||
			vary(header) != "Accept-Encoding, Accept" || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v %.200s", test.reason, status, header, body)
		}
		switch test.contentType {
		case "image/svg+xml":
			var svg struct {
				Title string   `xml:"title"`
				Texts []string `xml:"text"`
			}
			err := xml.Unmarshal([]byte(body), &svg)
			if err != nil || svg.Title != "Sales by month" || svg.Texts[1] != "euros" ||
				!strings.Contains(header.Get("Content-Security-Policy"), "sandbox") {
				t.Errorf("%s: %v %+v %v", test.reason, err, svg, header)
			}
		case "image/png":
			if _, err := png.Decode(bytes.NewReader([]byte(body))); err != nil {
				t.Errorf("%s: %v", test.reason, err)
			}
		}
	}
	if _, _, body := c.get("/openapi.json"); strings.Count(body, `"image/svg+xml"`) == 0 ||
		strings.Count(body, `"image/svg+xml"`) != strings.Count(body, `"image/png"`) {
		t.Error("the charts are not in the document")
	}
	c.stop()
}

// What is refused has had no effect, and what is drawn has had it once.
func TestResultWithoutAChartIsRefused(t *testing.T) {
	c, db := startContract(t, charted, "-tables")
	for _, test := range []struct {
		reason, target, body string
		status, calls        int
		message              string
	}{
		{reason: "as many rows as there may be", target: "/rpc/numbers", body: `{"n":10000}`,
			status: 200, calls: 1},
		{reason: "one more", target: "/rpc/numbers", body: `{"n":10001}`, status: 406,
			message: "at most 10,000 rows"},
		{reason: "a part of many", target: "/rpc/numbers?limit=9", body: `{"n":10001}`, status: 200,
			calls: 1},
		{reason: "no numbers", target: "/rpc/words", body: `{}`, status: 406,
			message: "needs a column of numbers"},
		{reason: "one column", target: "/rpc/numbers?select=i", body: `{"n":1}`, status: 406,
			message: "needs two columns"},
	} {
		mustExec(t, db, "TRUNCATE api.log")
		r := c.newRequest("POST", test.target, test.body)
		r.Header.Set("Content-Type", jsonType)
		r.Header.Set("Accept", chromiumImage)
		status, header, body := c.do(r)
		calls := count(t, db, "SELECT count(*) FROM api.log")
		if status != test.status || calls != test.calls || !strings.Contains(body, test.message) {
			t.Errorf("%s: %d %v %.300s, and %d calls", test.reason, status, header, body, calls)
		}
	}
	if status, _, body := c.get("/log?select=n,count()", "Accept", firefoxImage); status == 200 {
		t.Errorf("aggregates, which are off: %s", body)
	}
	status, _, body := c.get("/log?select=n,m:n", "Accept", firefoxImage)
	if status != 200 || !strings.Contains(body, "What has been called") {
		t.Errorf("a table: %d %.300s", status, body)
	}
	c.stop()
}
