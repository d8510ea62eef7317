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

// A place is where the database is.
type place struct {
	system   system
	variable string // of the environment, which names it
	server   string // the system's name and, unless it might be something else, the address
	database string
	password string // not to be printed

	connector driver.Connector // nil for SQLite
	listener  string           // the URI for PostgreSQL's listener, "" elsewhere; it holds the password
	installer driver.Connector // one that takes many statements at once
}

// locate reads the environment.
func locate(getenv func(string) string) (place, error) {
	for _, variable := range []string{"MORESQL_DATABASE_URI", "DATABASE_URL"} {
		if uri := getenv(variable); uri != "" {
			return parseURI(variable, uri)
		}
	}
	return place{system: embedded, server: embedded.name}, nil
}

// parseURI reads a URI. Its errors quote nothing of it, where a password could be anywhere.
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
		return p, fmt.Errorf("%s must begin with postgres://, postgresql:// or mysql://; without it moresql brings its own database", variable)
	}
	// A password with one of /?# ends the host early, and its rest would be taken for something that may be shown.
	authority, _, _ := strings.Cut(rest, "/")
	authority, _, _ = strings.Cut(authority, "?")
	u, err := url.Parse(uri)
	if err != nil || strings.Contains(rest, "#") || strings.Contains(rest[len(authority):], "@") {
		return p, fmt.Errorf("%s is malformed: write it as %s://user:password@host:port/database, "+
			"with the characters @ : / ? # %% of a password as %%40 %%3A %%2F %%3F %%23 %%25", variable, scheme)
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
	p.installer = p.connector // it sends statements without arguments as they are
	return err
}

func (p *place) connectMySQL(u *url.URL) error {
	config, err := mysql.ParseDSN("/?" + u.RawQuery)
	if err != nil {
		return err
	}
	config.User, config.Passwd = u.User.Username(), p.password
	config.Logger = new(mysql.NopLogger) // what fails is returned too
	if host := u.Hostname(); host != "" {
		config.Addr = net.JoinHostPort(host, cmp.Or(u.Port(), "3306"))
	}
	p.setServer(u, config.Addr)
	if config.DBName = strings.TrimPrefix(u.Path, "/"); config.DBName == "" {
		return errors.New("it names no database: write it behind the host, as in mysql://user@host/database")
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

// setServer says where the server is. A URI without a user may be one whose "host:port" is user:password.
func (p *place) setServer(u *url.URL, address string) {
	p.server = p.system.name
	if u.User != nil {
		p.server += " at " + address
	}
}

// censor returns what an error says without the password.
func (p *place) censor(err error) string {
	text := oneLine(err)
	if p.password != "" {
		text = strings.ReplaceAll(text, p.password, "***")
	}
	return text
}
