package main

import (
	"strings"
	"testing"
)

// getHost sends a GET that calls the server by another host.
func (c *command) getHost(host string) (status int) {
	c.t.Helper()
	r := c.newRequest("GET", "/cars", "")
	r.Host = host
	status, header, body := c.do(r)
	if status != 200 && !isProblem(header) || status == 421 && strings.Contains(body, host) {
		c.t.Errorf("%s: %d %v %s", host, status, header, body)
	}
	return status
}

// A page of another site reaches this machine by its own name (DNS rebinding). It cannot have
// another's address as its name.
func TestOnlyItsOwnHostsAreServed(t *testing.T) {
	for _, test := range []struct {
		args    []string
		allowed []string
		refused []string
	}{
		{
			args: nil,
			allowed: []string{
				"localhost", "localhost:1", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.0.0.1:1",
				"[::1]", "[::1]:1", "192.0.2.1",
			},
			refused: []string{
				"evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example",
				"xlocalhost",
			},
		},
		{
			args:    []string{"-host", "api.example.com", "-host", "other"},
			allowed: []string{"api.example.com", "API.example.com:443", "other", "localhost"},
			refused: []string{"evil.example", "example.com", "x.api.example.com"},
		},
		{
			args:    []string{"-addr", "0.0.0.0:0"},
			allowed: []string{"anything.example", "localhost"},
		},
		{
			args:    []string{"-addr", "0.0.0.0:0", "-host", "api.example.com"},
			allowed: []string{"api.example.com", "localhost", "127.0.0.1"},
			refused: []string{"anything.example"},
		},
	} {
		c := start(t, "", test.args...)
		for _, host := range test.allowed {
			if status := c.getHost(host); status != 200 {
				t.Errorf("%q: %s: %d", test.args, host, status)
			}
		}
		for _, host := range test.refused {
			if status := c.getHost(host); status != 421 && status != 400 {
				t.Errorf("%q: %s: %d", test.args, host, status)
			}
		}
		c.stop()
	}
}

// A form of another site needs no preflight request. The fields are those that browsers send.
func TestOtherSitesCannotWrite(t *testing.T) {
	const evil, app = "https://evil.example", "https://app.example"
	for _, test := range []struct {
		reason string
		flags  []string
		fields []string
		status int
	}{
		{"no browser", nil, nil, 201},
		{"a page of its own", nil, []string{"Sec-Fetch-Site", "same-origin"}, 201},
		{"the address bar", nil, []string{"Sec-Fetch-Site", "none"}, 201},
		{"another site", nil, []string{"Sec-Fetch-Site", "cross-site", "Origin", evil}, 403},
		{"another port", nil, []string{"Sec-Fetch-Site", "same-site", "Origin", evil}, 403},
		{"an old browser", nil, []string{"Origin", evil}, 403},
		{"a sandbox", nil, []string{"Origin", "null"}, 403},
		{
			"an allowed site", []string{"-cors", app},
			[]string{"Sec-Fetch-Site", "cross-site", "Origin", app}, 201,
		},
		{
			"another than the allowed site", []string{"-cors", app},
			[]string{"Sec-Fetch-Site", "cross-site", "Origin", evil}, 403,
		},
		{
			"all sites", []string{"-cors", "*"},
			[]string{"Sec-Fetch-Site", "cross-site", "Origin", evil}, 201,
		},
	} {
		c := start(t, "", test.flags...)
		r := c.newRequest("POST", "/cars", "name=Lancia&model=Fulvia&doors=2")
		r.Header.Set("Content-Type", formType)
		for i := 0; i < len(test.fields); i += 2 {
			r.Header.Set(test.fields[i], test.fields[i+1])
		}
		status, header, body := c.do(r)
		if status != test.status || status == 403 && !isProblem(header) {
			t.Errorf("%s: %d %s", test.reason, status, body)
		}
		c.stop()
	}
}

func TestBrowsersGetCSVWithoutFormulas(t *testing.T) {
	const user = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	for _, test := range []struct {
		flags   []string
		program bool
		browser bool
	}{
		{nil, false, true},
		{[]string{"-csv-guard", "always"}, true, true},
		{[]string{"-csv-guard", "never"}, false, false},
	} {
		c := start(t, "", test.flags...)
		_, _, body := c.request("POST", "/cars", jsonType, `{"name":"=1+1","model":"@a","doors":2}`)
		if !strings.Contains(body, `"=1+1"`) {
			t.Fatal(body)
		}
		for _, try := range []struct {
			fields  []string
			guarded bool
		}{
			{nil, test.program},
			{[]string{"Sec-Fetch-Mode", "cors", "User-Agent", "node"}, test.program},
			{[]string{"Sec-Fetch-Site", "same-origin"}, test.browser},
			{[]string{"User-Agent", user}, test.browser},
		} {
			_, _, body := c.get("/cars?id=eq.4", append(try.fields, "Accept", "text/csv")...)
			if strings.Contains(body, `,"'=1+1","'@a",`) != try.guarded ||
				strings.Contains(body, ",=1+1,@a,") == try.guarded {
				t.Errorf("%q, %q: %s", test.flags, try.fields, body)
			}
		}
		c.stop()
	}
}
