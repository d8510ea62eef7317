package mariadbtest

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

func dsn(port int) string {
	return fmt.Sprintf("root@tcp(127.0.0.1:%d)/test", port)
}

func uri(port int) string {
	return fmt.Sprintf("mysql://root@127.0.0.1:%d/test", port)
}

// toURI rewrites a data source name of the go-sql-driver,
// user:password@tcp(host:port)/database?parameters, as a URI.
func toURI(dsn string) (string, error) {
	// A password may hold any of the delimiters, so the driver looks for them from
	// the right, and so does this.
	slash := strings.LastIndex(dsn, "/")
	if slash < 0 {
		return "", errors.New("not of the form user:password@tcp(host:port)/database")
	}
	at := strings.LastIndex(dsn[:slash], "@")
	database, query, _ := strings.Cut(dsn[slash:], "?")
	address, isTCP := strings.CutPrefix(dsn[at+1:slash], "tcp(")
	address, isClosed := strings.CutSuffix(address, ")")
	if !isTCP || !isClosed {
		return "", errors.New("only an address of the form tcp(host:port) can be written as a URI")
	}
	u := url.URL{Scheme: "mysql", Host: address, Path: database, RawQuery: query}
	if at >= 0 {
		u.User = userinfo(dsn[:at])
	}
	return u.String(), nil
}

func userinfo(s string) *url.Userinfo {
	if name, password, ok := strings.Cut(s, ":"); ok {
		return url.UserPassword(name, password)
	}
	return url.User(s)
}
