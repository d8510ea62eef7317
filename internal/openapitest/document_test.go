package openapitest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/msgpack"
	"github.com/moresql/moresql/rest/openapi"
)

// Every kind of routine and type makes a valid document.
func TestDocumentsAreValid(t *testing.T) {
	cat := load(t, open(t, "kinds.sql", "relations.sql"), schemas...)
	// with other OIDs
	again := load(t, open(t, "kinds.sql", "relations.sql"), schemas...)
	for name, about := range map[string]openapi.About{
		"plain": {},
		"whole": {
			Title: "All", Version: "2.1", Description: "Kinds of *everything*", Path: "/api/rpc/",
			Tables: "/api/", Server: "https://example.com/v1", Bearer: true,
			Channels: []string{"films", `a/b "c" {d}`},
			Encoders: []encoder.Encoder{
				encoder.JSON(), encoder.Compact(), encoder.CSV(), encoder.HTML(), encoder.Text(),
				encoder.Binary(), encoder.Object(), msgpack.Encoder(),
			},
		},
		"relations":  {Tables: "/"},
		"one schema": {Schema: schemas[1], Tables: "/"},
		"nothing":    {May: func(*catalog.Routine) bool { return false }},
	} {
		t.Run(name, func(t *testing.T) {
			document := openapi.Document(cat.Current(), about)
			validate(t, document)
			doc := parse(t, document)
			n := len(at(doc, "paths").(object))
			t.Logf("%d paths, %d bytes", n, len(document))
			if (n == 0) != (name == "nothing") {
				t.Errorf("%d paths", n)
			}
			if string(openapi.Document(again.Current(), about)) != string(document) {
				t.Error("the same schemas have another document")
			}
		})
	}
}

// many returns a catalog of n functions.
func many(t testing.TB, n int) *catalog.Catalog {
	db := open(t, "kinds.sql")
	some := load(t, db, "kinds").Current().Routines()
	var routines []catalog.Routine
	for i := 0; len(routines) < n; i++ {
		for _, r := range some {
			r.Name = fmt.Sprintf("%s_%d", r.Name, i)
			routines = append(routines, r)
		}
	}
	return catalog.Of(slices.Clip(routines[:n])...)
}

func BenchmarkDocumentOfThousandFunctions(b *testing.B) {
	cat := many(b, 1000).Current()
	for b.Loop() {
		b.SetBytes(int64(len(openapi.Document(cat, openapi.About{}))))
	}
}
