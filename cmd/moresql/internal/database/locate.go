package database

import (
	"cmp"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/lib/pq"

	"github.com/moresql/moresql/cmd/moresql/internal/secrets"

	pgxconn "github.com/moresql/moresql/drivers/pgx"
)

// A Place is the location of the database.
type Place struct {
	System   system
	Variable string // the environment variable that names it
	Server   string // the system's name and, if it cannot be anything else, the address
	user     string
	Database string
	password string // must not be printed
	URI      string // as it was given, nor must this

	parameters url.Values // of the URI

	bounds    *bounds
	Connector driver.Connector // nil for SQLite's sample
	installer driver.Connector // one that accepts several statements at once
	Listener  string           // the URI for pq.Listener with its password, "" if not PostgreSQL
	Notifier  driver.Connector // through which channels are listened to, nil if not PostgreSQL
}

// HasNoRoutines reports whether the database has no functions and procedures of its own.
func (p Place) HasNoRoutines() bool {
	return p.Connector != nil && p.System.Folder == "" && !p.System.Routines
}

// Locate returns the place of a database URI that comes from a source, or of the file that @ names
// for it, and SQLite's for "".
func Locate(source, uri string) (Place, error) {
	if uri == "" {
		return Place{System: embedded, Server: embedded.Name}, nil
	}
	uri, err := secrets.Read(uri)
	if err != nil {
		return Place{}, fmt.Errorf("%s: %w", source, err)
	}
	p, err := parseURI(source, uri)
	p.URI = uri
	return p, err
}

// parseURI parses a URI. Its errors quote no part of it, since a password could be anywhere in a
// malformed one.
func parseURI(variable, uri string) (Place, error) {
	if path, ok := strings.CutPrefix(uri, "sqlite:"); ok && strings.Trim(path, "/") != "" {
		return locateFile(variable, path)
	}
	if path, ok := strings.CutPrefix(uri, "duckdb:"); ok && strings.Trim(path, "/") != "" {
		p, err := locateDuckDB(variable, path)
		if err != nil {
			return Place{}, fmt.Errorf("%s names a file of DuckDB: %w", variable, err)
		}
		return p, nil
	}
	p := Place{Variable: variable, bounds: new(bounds)}
	scheme, rest, found := strings.Cut(uri, "://")
	scheme = strings.ToLower(scheme) // RFC 3986, section 3.1
	var connect func(*Place, *url.URL) error
	switch {
	case found && (scheme == "postgres" || scheme == "postgresql"):
		p.System, connect = postgreSQL, (*Place).connectPostgreSQL
		rest = withoutList(rest)
	case found && (scheme == "mysql" || scheme == "mariadb"):
		p.System, connect = mySQL, (*Place).connectMySQL
	default:
		return p, fmt.Errorf("%s %s", variable, unknownForm(uri))
	}
	rest, query := withoutAddress(rest)
	// A password with one of /?# ends the host early, and the rest of it would be mistaken for
	// something that may be shown.
	authority, _, _ := strings.Cut(rest, "/")
	authority, _, _ = strings.Cut(authority, "?")
	u, err := url.Parse(scheme + "://" + rest)
	if err != nil || strings.Contains(rest, "#") || strings.Contains(rest[len(authority):], "@") {
		return p, fmt.Errorf("%s is malformed: write it as %s://user:password@host:port/database, "+
			"with the characters @ : / ? # %% of a password as %%40 %%3A %%2F %%3F %%23 %%25",
			variable, scheme)
	}
	if query != "" {
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+query, "&")
	}
	p.password, _ = u.User.Password()
	p.parameters = u.Query()
	if err := connect(&p, u); err != nil {
		return p, fmt.Errorf("%s cannot be used: %s", variable, p.Censor(err))
	}
	return p, nil
}

// Addresses that net/url does not understand: a socket's folder as libpq has it (its manual,
// 34.1.1), and the network and address of go-sql-driver's DSN.
var (
	socketHost  = regexp.MustCompile(`^([^/?#@]*@)?(%2[fF][^/?#@:]*)(?::(\d+))?($|[/?])`)
	networkHost = regexp.MustCompile(`^([^/?#@]*@)?(tcp|unix)\(([^()?#@]*)\)($|[/?])`)
)

// withoutAddress returns what follows the scheme of a URI with such an address removed, and a query
// that says the same. A host and port that are in parentheses are only freed of these.
func withoutAddress(rest string) (changed, query string) {
	if m := socketHost.FindStringSubmatchIndex(rest); m != nil {
		query = "host=" + rest[m[4]:m[5]]
		if m[6] >= 0 {
			query += "&port=" + rest[m[6]:m[7]]
		}
		return rest[:m[4]] + rest[m[8]:], query
	}
	if m := networkHost.FindStringSubmatchIndex(rest); m != nil {
		address := rest[m[6]:m[7]]
		if rest[m[4]:m[5]] == "unix" {
			return rest[:m[4]] + rest[m[8]:], "socket=" + url.QueryEscape(address)
		}
		return rest[:m[4]] + address + rest[m[8]:], ""
	}
	return rest, ""
}

// hostList matches the hosts of a URI that names several (libpq, 34.1.1.3).
var hostList = regexp.MustCompile(`^([^/?#@]*@)?(` + oneHost + `(?:,` + oneHost + `)+)($|[/?])`)

const oneHost = `(?:[^/?#@:,\[\]]+|\[[^/?#@,\]]+\])(?::\d*)?`

// withoutList returns what follows the scheme of a URI with several hosts moved to the query: as a
// host, net/url and lib/pq take them for one name.
func withoutList(rest string) string {
	m := hostList.FindStringSubmatchIndex(rest)
	if m == nil {
		return rest
	}
	var hosts, ports []string
	named := false
	for host := range strings.SplitSeq(rest[m[4]:m[5]], ",") {
		port := "5432"
		if at := strings.LastIndexByte(host, ':'); at > strings.LastIndexByte(host, ']') {
			host, port, named = host[:at], cmp.Or(host[at+1:], port), true
		}
		hosts, ports = append(hosts, strings.Trim(host, "[]")), append(ports, port)
	}
	query := "host=" + strings.Join(hosts, ",")
	if named {
		query += "&port=" + strings.Join(ports, ",")
	}
	path, others, found := strings.Cut(rest[:m[4]]+rest[m[5]:], "?")
	if found {
		query = others + "&" + query // which names the host before, if it does
	}
	return path + "?" + query
}

// unknownForm says how to write what is not the URI of a server.
func unknownForm(uri string) string {
	const must = "must begin with postgres://, postgresql://, mysql:// or mariadb://"
	lower := strings.ToLower(uri)
	scheme, _, _ := strings.Cut(lower, ":")
	switch {
	case strings.HasPrefix(scheme, "sqlite"), scheme == "file":
		return "must be sqlite: and the path of a file for a database of your own in SQLite, as in " +
			"sqlite:///srv/films.db; for the sample leave the variable out"
	case strings.HasPrefix(scheme, "duckdb"):
		return "must be duckdb: and the path of a file, as in duckdb:///srv/films.duckdb"
	case strings.HasPrefix(scheme, "firebird"):
		return must + ": serve Firebird from a program of your own, with " +
			"github.com/moresql/moresql/drivers/firebird and catalog.LoadFirebird"
	case strings.HasPrefix(lower, "jdbc:sqlite:"):
		return "must be sqlite: and the path of a file: leave out jdbc:"
	case strings.HasPrefix(lower, "jdbc:mysql:"), strings.HasPrefix(lower, "jdbc:mariadb:"):
		return must + ": leave out jdbc:, and write the user and the password before the host, " +
			"as in mysql://user:password@host/database"
	case scheme == "jdbc":
		return must + ": leave out jdbc:, and write the user and the password before the host, " +
			"as in postgres://user:password@host/database"
	case keywords.MatchString(uri):
		return must + ": write the settings as postgres://user:password@host:port/database, " +
			"and others as ?sslmode=disable&connect_timeout=5 after it"
	case strings.Contains(scheme, "+"), strings.HasSuffix(scheme, "2"):
		return must + ", without the name of a driver"
	case driverDSN.MatchString(uri):
		return must + ": write the DSN as mysql://user:password@host:port/database, " +
			"or with ?socket=/path/to/mysqld.sock"
	}
	return must + ", or be sqlite: and the path of a file; without it moresql brings its own database"
}

// Notations of drivers for what a URI says: the settings of libpq or ADO.NET, and go-sql-driver's
// DSN.
var (
	keywords  = regexp.MustCompile(`(?i)^\s*[a-z_ ]+\s*=`)
	driverDSN = regexp.MustCompile(`@(?:\w*\(|/)|^\w*\([^)]*\)/`)
)

func (p *Place) connectPostgreSQL(u *url.URL) error {
	if query := u.Query(); query.Get("host") != "" { // wins over the authority (libpq, 34.1.1.2)
		if port := u.Port(); port != "" && query.Get("port") == "" {
			query.Set("port", port)
		}
		u.Host, u.RawQuery = "", query.Encode()
	}
	query := u.Query()
	name := query.Get("driver")
	query.Del("driver")
	u.RawQuery = query.Encode()
	config, err := pq.NewConfig(u.String())
	if err != nil {
		return err
	}
	p.user, p.password, p.Database = config.User, config.Password, config.Database
	p.Listener = u.String()
	address := addressOf(config.Host, config.Port)
	for _, other := range config.Multi {
		address += " or " + addressOf(other.Host, other.Port)
	}
	p.setServer(u, address)
	if p.installer, err = pq.NewConnectorConfig(config); err != nil {
		return err // it sends a query without arguments as it is
	}
	if p.Notifier, err = p.pgxConnector(*u, string(config.SSLMode)); err != nil {
		return err
	}
	switch name {
	case "", "pgx":
		p.Connector = p.Notifier
	case "pq":
		p.Connector = p.installer
	default:
		err = errors.New("there is no such driver: write ?driver=pgx, which is the default, or pq")
	}
	return err
}

// addressOf returns the address of a server, or the file of its socket.
func addressOf(host string, port uint16) string {
	if strings.HasPrefix(host, "/") {
		return fmt.Sprintf("%s/.s.PGSQL.%d", host, port)
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// pgxConnector returns a connector of pgx for a URI that lib/pq understands, with the sslmode that
// lib/pq finds. Without one lib/pq requires encryption, which pgx would only prefer.
func (p *Place) pgxConnector(u url.URL, sslmode string) (driver.Connector, error) {
	query := u.Query()
	query.Set("sslmode", cmp.Or(sslmode, "require"))
	// pgx would send to the server what only lib/pq knows.
	query.Del("binary_parameters")
	query.Del("disable_prepared_binary_result")
	if name := query.Get("fallback_application_name"); name != "" {
		query.Set("application_name", cmp.Or(query.Get("application_name"), name))
	}
	query.Del("fallback_application_name")
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20") // as libpq's, pgx's plus is no space
	config, err := pgx.ParseConfig(u.String())
	if err != nil {
		return nil, err
	}
	limited := stdlib.OptionBeforeConnect(p.bounds.limitRows)
	return pgxconn.Wrap(stdlib.GetConnector(*config, limited)), nil
}

func (p *Place) connectMySQL(u *url.URL) error {
	query := u.Query()
	// Other clients have these names for a socket; libpq's host is that of withoutAddress.
	socket := cmp.Or(query.Get("socket"), query.Get("unix_socket"), query.Get("host"))
	for _, name := range []string{"socket", "unix_socket", "host"} {
		query.Del(name)
	}
	for _, name := range []string{"ssl-mode", "sslmode", "sslMode"} {
		if tls, ok := tlsOf[strings.ToUpper(query.Get(name))]; ok {
			query.Del(name)
			query.Set("tls", tls)
		}
	}
	config, err := mysql.ParseDSN("/?" + query.Encode())
	if err != nil {
		return err
	}
	p.user = u.User.Username()
	config.User, config.Passwd = p.user, p.password
	config.Logger = new(mysql.NopLogger) // every failure is also returned as an error
	if !query.Has("maxAllowedPacket") {
		config.MaxAllowedPacket = 0 // that of the server, which ends a connection that sends more
	}
	if host := u.Hostname(); host != "" {
		config.Addr = net.JoinHostPort(host, cmp.Or(u.Port(), "3306"))
	}
	if socket != "" {
		config.Net, config.Addr = "unix", socket
	}
	p.setServer(u, config.Addr)
	if config.DBName = strings.TrimPrefix(u.Path, "/"); config.DBName == "" {
		return errors.New("it names no database: write it after the host, " +
			"as in mysql://user@host/database")
	}
	p.Database = config.DBName
	if p.Connector, err = mysql.NewConnector(config); err != nil {
		return err
	}
	if !p.parameters.Has("max_statement_time") {
		p.Connector = timedConnector{p.Connector, p.bounds}
	}
	config = config.Clone()
	config.MultiStatements = true
	p.installer, err = mysql.NewConnector(config)
	return err
}

// tlsOf has the driver's names for MySQL's modes of encryption (its manual, "Command Options for
// Encrypted Connections"), and for those of libpq.
var tlsOf = map[string]string{
	"DISABLED": "false", "PREFERRED": "preferred", "REQUIRED": "skip-verify",
	"VERIFY_CA": "true", "VERIFY_IDENTITY": "true",
	"DISABLE": "false", "PREFER": "preferred", "REQUIRE": "skip-verify",
	"VERIFY-CA": "true", "VERIFY-FULL": "true",
}

// setServer sets the description of the server. It leaves out the address of a URI without a user,
// whose "host:port" may be user:password.
func (p *Place) setServer(u *url.URL, address string) {
	p.Server = p.System.Name
	if u.User != nil {
		p.Server += " at " + address
	}
}
