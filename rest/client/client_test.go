package client_test

import (
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest/client"
)

// A program can import the package, whatever the schema is called.
func TestPackageIsThatOfTheSchema(t *testing.T) {
	for schema, want := range map[string]string{
		"api": "api", "My Films_2": "myfilms2", "2films": "db2films", "func": "dbfunc", "_": "db",
		"main": "dbmain", // nothing imports a package main
	} {
		cat := catalog.Of(catalog.Routine{OID: 16385, Schema: schema, Name: "f"})
		source, err := client.Go(cat.Current(), client.Options{})
		if err != nil || !strings.Contains(string(source), "\npackage "+want+"\n") {
			t.Errorf("%s: %v\n%.300s", schema, err, source)
		}
	}
}
