package main

import (
	"net/url"
	"strings"
	"testing"
)

// withQuery returns a URI with another parameter.
func withQuery(t *testing.T, uri, name, value string) string {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set(name, value)
	u.RawQuery = query.Encode()
	return u.String()
}

// The servers say where their sockets are. The host does not exist.
func TestSocketsAreTaken(t *testing.T) {
	nowhere := func(uri string) string {
		return strings.ReplaceAll(uri, "127.0.0.1", "nowhere.invalid")
	}
	t.Run("PostgreSQL", func(t *testing.T) {
		uri := newPostgreSQL(t)
		var folder string
		const query = "SELECT split_part(current_setting('unix_socket_directories'), ',', 1)"
		if err := connect(t, uri).QueryRow(query).Scan(&folder); err != nil {
			t.Fatal(err)
		}
		if folder == "" {
			t.Log("the server has no socket, which it says in the error")
			refuse(t, "cannot be reached", withQuery(t, nowhere(uri), "host", "/nowhere"), "-init")
			return
		}
		start(t, withQuery(t, nowhere(uri), "host", folder), "-init").stop()
	})
	t.Run("MariaDB", func(t *testing.T) {
		uri := newMariaDB(t)
		var socket string
		if err := connect(t, uri).QueryRow("SELECT @@socket").Scan(&socket); err != nil {
			t.Fatal(err)
		}
		start(t, withQuery(t, nowhere(uri), "socket", socket), "-init").stop()
		refuse(t, "does not encrypt connections", withQuery(t, uri, "ssl-mode", "REQUIRED"))
	})
}
