package main

import (
	"cmp"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/lib/pq"
)

// A place is the location of the database.
type place struct {
	system   system
	variable string // the environment variable that names it
	server   string // the system's name and, if it cannot be anything else, the address
	database string
	password string // must not be printed

	connector driver.Connector // nil for SQLite
	installer driver.Connector // one that accepts several statements at once
	listener  string           // the URI for pq.Listener with its password, "" if not PostgreSQL
}

// locate returns the place that the environment names, or else SQLite's.
func locate(getenv func(string) string) (place, error) {
	for _, variable := range []string{"MORESQL_DATABASE_URI", "DATABASE_URL"} {
		if uri := getenv(variable); uri != "" {
			return parseURI(variable, uri)
		}
	}
	return place{system: embedded, server: embedded.name}, nil
}

// parseURI parses a URI. Its errors quote no part of it, since a password could be anywhere in a
// malformed one.
func parseURI(variable, uri string) (place, error) {
	p := place{variable: variable}
	scheme, rest, _ := strings.Cut(uri, "://")
	var connect func(*place, *url.URL) error
	switch scheme {
	case "postgres", "postgresql":
		p.system, connect = postgreSQL, (*place).connectPostgreSQL
	case "mysql":
		p.system, connect = mySQL, (*place).connectMySQL
	default:
		return p, fmt.Errorf("%s must begin with postgres://, postgresql:// or mysql://; "+
			"without it moresql brings its own database", variable)
	}
	// A password with one of /?# ends the host early, and the rest of it would be mistaken for
	// something that may be shown.
	authority, _, _ := strings.Cut(rest, "/")
	authority, _, _ = strings.Cut(authority, "?")
	u, err := url.Parse(uri)
	if err != nil || strings.Contains(rest, "#") || strings.Contains(rest[len(authority):], "@") {
		return p, fmt.Errorf("%s is malformed: write it as %s://user:password@host:port/database, "+
			"with the characters @ : / ? # %% of a password as %%40 %%3A %%2F %%3F %%23 %%25",
			variable, scheme)
	}
	p.password, _ = u.User.Password()
	if err := connect(&p, u); err != nil {
		return p, fmt.Errorf("%s cannot be used: %s", variable, p.censor(err))
	}
	return p, nil
}

func (p *place) connectPostgreSQL(u *url.URL) error {
	config, err := pq.NewConfig(u.String())
	if err != nil {
		return err
	}
	p.password, p.database, p.listener = config.Password, config.Database, u.String()
	p.setServer(u, net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port))))
	p.connector, err = pq.NewConnectorConfig(config)
	p.installer = p.connector // it sends a query without arguments as it is
	return err
}

func (p *place) connectMySQL(u *url.URL) error {
	config, err := mysql.ParseDSN("/?" + u.RawQuery)
	if err != nil {
		return err
	}
	config.User, config.Passwd = u.User.Username(), p.password
	config.Logger = new(mysql.NopLogger) // every failure is also returned as an error
	if host := u.Hostname(); host != "" {
		config.Addr = net.JoinHostPort(host, cmp.Or(u.Port(), "3306"))
	}
	p.setServer(u, config.Addr)
	if config.DBName = strings.TrimPrefix(u.Path, "/"); config.DBName == "" {
		return errors.New("it names no database: write it after the host, " +
			"as in mysql://user@host/database")
	}
	p.database = config.DBName
	if p.connector, err = mysql.NewConnector(config); err != nil {
		return err
	}
	config = config.Clone()
	config.MultiStatements = true
	p.installer, err = mysql.NewConnector(config)
	return err
}

// setServer sets the description of the server. It leaves out the address of a URI without a user,
// whose "host:port" may be user:password.
func (p *place) setServer(u *url.URL, address string) {
	p.server = p.system.name
	if u.User != nil {
		p.server += " at " + address
	}
}

// censor returns an error's text on one line without the password.
func (p *place) censor(err error) string {
	text := oneLine(err)
	if p.password != "" {
		text = strings.ReplaceAll(text, p.password, "***")
	}
	return text
}
