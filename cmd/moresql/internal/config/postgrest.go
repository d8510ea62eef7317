package config

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moresql/moresql/cmd/moresql/internal/logs"
	"github.com/moresql/moresql/cmd/moresql/internal/network"
	"github.com/moresql/moresql/cmd/moresql/internal/secrets"
)

// A postgrest holds the settings of PostgREST by their names in its file, each with its source (its
// documentation, "Configuration").
type postgrest map[string]struct{ value, from string }

// addPostgREST adds PostgREST's variables and its file, "" for none. If there are any, what neither
// says is as PostgREST has it.
func (c *Config) addPostgREST(environ []string, file string) error {
	p := postgrest{}
	if file != "" {
		list, err := readEntries(file)
		if err != nil {
			return err
		}
		for _, e := range list {
			p.put(e.Name, interpolate(e.Value, environ), fmt.Sprintf("line %d of %s", e.Line, file))
		}
	}
	for _, v := range slices.Sorted(slices.Values(environ)) {
		variable, value, _ := strings.Cut(v, "=")
		if name, found := strings.CutPrefix(variable, "PGRST_"); found { // goes before the file
			p.put(nameOf(name), value, variable)
		}
	}
	if len(p) == 0 && file == "" {
		return nil
	}
	return c.addSettings(p, environ)
}

// nameOf returns the name in a file of what follows PGRST_ in a variable.
func nameOf(name string) string {
	name = strings.ToLower(name)
	if setting, found := strings.CutPrefix(name, "app_settings_"); found {
		return "app.settings." + setting
	}
	return strings.ReplaceAll(name, "_", "-")
}

// put sets a value. Some settings have an older name.
func (p postgrest) put(name, value, from string) {
	older := map[string]string{
		"db-schema": "db-schemas", "max-rows": "db-max-rows", "pre-request": "db-pre-request",
		"role-claim-key": "jwt-role-claim-key", "secret-is-base64": "jwt-secret-is-base64",
	}
	p[cmp.Or(older[name], name)] = struct{ value, from string }{value, from}
}

// get returns a setting and what it is unless it is set. An empty one is as if it were not set, but
// for schemas of the search path, which may be none.
func (p postgrest) get(name, otherwise string) (value, from string) {
	if s, ok := p[name]; ok && (s.value != "" || name == "db-extra-search-path") {
		return s.value, s.from
	}
	return otherwise, "PostgREST's default"
}

// renamed are the settings that flags have under another name with the same values, and what they
// are in PostgREST unless they are set.
var renamed = []struct{ name, flag, otherwise string }{
	{"db-schemas", "schema", "public"},
	{"db-anon-role", "anon-role", ""},
	{"db-max-rows", "max-rows", ""},
	{"db-tx-end", "tx-end", ""},
	{"db-aggregates-enabled", "aggregates", ""},
	{"db-extra-search-path", "extra-search-path", "public"},
	{"db-pool", "connections", "10"},
	{"db-pre-request", "pre-request", ""},
	{"jwt-secret", "jwt-secret", ""},
	{"jwt-secret-is-base64", "jwt-secret-is-base64", ""},
	{"jwt-aud", "jwt-aud", ""},
	{"jwt-role-claim-key", "jwt-role-claim-key", ""},
	{"jwt-cache-max-entries", "jwt-cache-max-entries", ""},
	{"server-cors-allowed-origins", "cors", "*"},
	{"openapi-server-proxy-uri", "openapi-server", ""},
	{"server-timing-enabled", "server-timing", ""},
	{"server-unix-socket-mode", "socket-mode", ""},
}

// composed are the settings that need more than another name.
var composed = []string{
	"db-uri", "db-config", "db-pre-config", "db-channel", "db-channel-enabled",
	"db-pool-acquisition-timeout", "server-host", "server-port", "server-unix-socket",
	"admin-server-host", "admin-server-port", "admin-server-unix-socket", "log-level", "openapi-mode",
}

// addSettings adds PostgREST's settings, and what it does without any.
func (c *Config) addSettings(p postgrest, environ []string) error {
	var add []struct{ from, flag, value string }
	put := func(flag, value, from string) {
		add = append(add, struct{ from, flag, value string }{from, flag, value})
	}
	if err := c.addDatabase(p, environ); err != nil {
		return err
	}
	for _, r := range renamed {
		value, from := p.get(r.name, r.otherwise)
		put(r.flag, value, from)
	}
	mode, from := p.get("openapi-mode", "")
	if mode == "ignore-privileges" {
		mode = FollowPrivileges
		c.warnings = append(c.warnings, from+" has no effect: the document follows the privileges")
	}
	put("openapi", mode, from)
	level, from := p.get("log-level", "")
	put("log-level", logs.PostgRESTLevel(level), from)
	wait, from := p.get("db-pool-acquisition-timeout", "10")
	if _, err := strconv.ParseUint(wait, 10, 31); err != nil {
		return fmt.Errorf("%s has no valid value (write a number of seconds)", from)
	}
	put("queue-time", wait+"s", from)
	addr, from := p.address("server-", "3000", "!4")
	if path, source := p.get("server-unix-socket", ""); path != "" {
		addr, from = network.UnixPrefix+path, source
	}
	put("addr", addr, from)
	if path, source := p.get("admin-server-unix-socket", ""); path != "" {
		put("admin-addr", network.UnixPrefix+path, source)
	} else if p["admin-server-port"].value != "" {
		host, _ := p.get("server-host", "!4")
		addr, from = p.address("admin-server-", "", host)
		put("admin-addr", addr, from)
	}
	for _, flag := range []string{"tables", "http-settings", "unfiltered-writes"} {
		put(flag, "true", "PostgREST's default")
	}
	for _, a := range add {
		if err := c.add(a.from, a.flag, a.value); err != nil {
			return err
		}
	}
	channel, from := p.get("db-channel", "pgrst")
	enabled, source, err := p.isOn("db-channel-enabled")
	if err != nil {
		return err
	}
	if !enabled {
		channel, from = "", source
	}
	if err := c.set(from, "channel", channel); err != nil {
		return err
	}
	if c.Unread == nil && c.Text("anon-role") == "" && c.Text("jwt-secret") == "" {
		c.Closed = true
		c.warnings = append(c.warnings, "PostgREST's configuration lets nobody in: set "+
			"PGRST_DB_ANON_ROLE or PGRST_JWT_SECRET")
	}
	return c.addOthers(p)
}

// addOthers adds the settings of the application, and warns of those without a meaning here.
func (c *Config) addOthers(p postgrest) error {
	var unknown []string
	for _, name := range slices.Sorted(keys(p)) {
		switch s := p[name]; {
		case strings.HasPrefix(name, "app.settings."):
			c.From["setting"] = "PostgREST's app.settings"
			if err := c.Flags.Set("setting", name+"="+s.value); err != nil {
				return fmt.Errorf("%s cannot be a setting (%w)", s.from, err)
			}
		case slices.Contains(composed, name), slices.ContainsFunc(renamed,
			func(r struct{ name, flag, otherwise string }) bool { return r.name == name }):
		default:
			unknown = append(unknown, s.from)
		}
	}
	switch len(unknown) {
	case 0:
	case 1:
		c.warnings = append(c.warnings, "no meaning here has "+unknown[0])
	default:
		c.warnings = append(c.warnings, "no meaning here have "+strings.Join(unknown, ", "))
	}
	return nil
}

func keys(p postgrest) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range p {
			if !yield(name) {
				return
			}
		}
	}
}

// isOn returns a setting that is true unless it is set.
func (p postgrest) isOn(name string) (on bool, from string, err error) {
	text, from := p.get(name, "true")
	if on, err = strconv.ParseBool(strings.ToLower(text)); err != nil {
		err = fmt.Errorf("%s has no valid value (write true or false)", from)
	}
	return on, from, err
}

// address returns where the server of PostgREST listens whose settings begin with a prefix.
func (p postgrest) address(prefix, otherPort, otherHost string) (addr, from string) {
	port, from := p.get(prefix+"port", otherPort)
	host, source := p.get(prefix+"host", otherHost)
	if from == "PostgREST's default" {
		from = source
	}
	switch host {
	case "!4":
		host = "0.0.0.0"
	case "*", "*4", "*6", "!6":
		host = ""
	}
	return net.JoinHostPort(host, port), from
}

// reference matches what PostgREST replaces in the values of its file: a variable, and $$ by $.
var reference = regexp.MustCompile(`\$\$|\$\(\w+\)`)

func interpolate(value string, environ []string) string {
	return reference.ReplaceAllStringFunc(value, func(match string) string {
		if match == "$$" {
			return "$"
		}
		return Lookup(environ, match[2:len(match)-1])
	})
}

// libpqURI returns the URI of a connection string of libpq (its manual, 34.1.1), or of the file
// that @ names. Without sslmode libpq encrypts if the server can.
func libpqURI(text string, environ []string) (string, error) {
	text, err := secrets.Read(text)
	if err != nil {
		return "", err
	}
	if !strings.Contains(text, "://") {
		if text, err = keywordURI(text); err != nil {
			return "", err
		}
	}
	if strings.Contains(text, "sslmode=") || Lookup(environ, "PGSSLMODE") != "" {
		return text, nil
	}
	if strings.Contains(text, "?") {
		return text + "&sslmode=prefer", nil
	}
	return text + "?sslmode=prefer", nil
}

// keyword matches one keyword and its value, which may be in single quotes.
var keyword = regexp.MustCompile(
	`^\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?:\s+|$)`)

// keywordURI returns the URI of a connection string of keywords.
func keywordURI(text string) (string, error) {
	u, query := url.URL{Scheme: "postgres"}, url.Values{}
	var user, password string
	for strings.TrimSpace(text) != "" {
		m := keyword.FindStringSubmatch(text)
		if m == nil {
			return "", fmt.Errorf("is not understood: write it as host=… port=… user=… " +
				"password=… dbname=…, or as postgres://user:password@host:port/database")
		}
		text = text[len(m[0]):]
		value := unescape.ReplaceAllString(m[2]+m[3], "$1")
		switch m[1] {
		case "user":
			user = value
		case "password":
			password = value
		case "dbname":
			u.Path = "/" + value
		default:
			query.Set(m[1], value)
		}
	}
	switch {
	case password != "":
		u.User = url.UserPassword(user, password)
	case user != "":
		u.User = url.User(user)
	}
	u.RawQuery = query.Encode()
	text = u.String()
	if u.User == nil { // url.URL leaves out the slashes of an authority that is empty
		text = "postgres://" + strings.TrimPrefix(strings.TrimPrefix(text, "postgres:"), "//")
	}
	return text, nil
}

var unescape = regexp.MustCompile(`\\(.)`)
