package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// place takes the name of the routine from the words, "" for none, and the URL of a server from it
// or from the flag.
func (o *callOptions) place(words []string) (name string, others []string, err error) {
	if slices.ContainsFunc(places, o.conf.IsArgument) && !o.conf.IsArgument("url") {
		o.url = "" // the command line goes before the environment
	}
	if o.url != "" {
		_, err = parseURL(o.url)
	}
	if len(words) == 0 || err != nil {
		return "", nil, cmp.Or(err, o.checkPlace("-url"))
	}
	server := "-url"
	switch name = words[0]; {
	case strings.Contains(name, "://"):
		server = "the URL"
		o.url, name, err = splitURL(name)
	case name == "":
		err = errors.New("the name of a routine is empty")
	case strings.Contains(name, "="):
		err = fmt.Errorf("%q stands where the name of a routine belongs", name)
	}
	if err == nil {
		err = o.checkPlace(server)
	}
	return name, words[1:], err
}

// places are the flags that name a database, and what of it is called.
var places = []string{"data", "database-uri", "db", "sql"}

// checkPlace reports a flag that means nothing where the call is. server is what has named the
// server, if it is one. The environment and the file are shared with other commands: what they say
// of other places is no mistake.
func (o *callOptions) checkPlace(server string) error {
	if o.conf.IsEmptyArgument("url") {
		return errors.New("-url is empty: leave it out for a call on a database")
	}
	others := new(options).flags()
	for _, name := range slices.Sorted(maps.Keys(o.conf.From)) {
		isShared := others.Lookup(name) != nil
		switch {
		case !o.conf.IsArgument(name):
		case o.url == "" && name == "token":
			return errors.New("-token is for a server: name it with -url")
		case o.url == "":
		case slices.Contains(places, name), name == "url" && server != "-url":
			return fmt.Errorf("-%s and %s both say where to call: leave one of them out", name, server)
		case name == "role", name == "claims":
			return errors.New("-role and -claims are for a database: " +
				"a server takes them from the token in MORESQL_TOKEN")
		case name == "schema" && len(o.schemas) > 1:
			return errors.New("a call on a server is of one -schema")
		case isShared && name != "schema" && name != "config":
			return fmt.Errorf("-%s means nothing to a call on a server: leave it out", name)
		}
	}
	return nil
}

// splitURL returns the URL of a server's routines and the name of the one that a URL ends with, ""
// for that of the routines themselves. A name may have slashes: it is what follows /rpc/, if the
// URL has that.
func splitURL(text string) (base, name string, err error) {
	u, err := parseURL(text)
	if err != nil {
		return "", "", err
	}
	path := u.EscapedPath()
	i := strings.Index(path+"/", "/rpc/")
	if i >= 0 {
		i += len("/rpc")
	} else if i = strings.LastIndexByte(path, '/'); i < 0 {
		return text, "", nil
	}
	if name, err = url.PathUnescape(strings.TrimPrefix(path[i:], "/")); err == nil {
		u.RawPath = path[:i]
		u.Path, err = url.PathUnescape(u.RawPath)
	}
	return u.String(), name, err
}

func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, errors.New("a URL of a server is http://host:port/rpc/NAME; " +
			"name a database by the environment variable MORESQL_DATABASE_URI")
	}
	return u, nil
}
