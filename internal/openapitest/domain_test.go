package openapitest

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/moresql/moresql/rest/openapi"
)

// The schema of a domain accepts the values that PostgreSQL accepts, and no others.
func TestSchemasOfDomainsAreTheirChecks(t *testing.T) {
	db := open(t, "kinds.sql", "domains.sql")
	document := openapi.Document(load(t, db, "domains").Current(), openapi.About{})
	doc := parse(t, document)
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.AddResource("doc.json", parsed); err != nil {
		t.Fatal(err)
	}
	texts := []string{
		`""`, `"a"`, `"abc"`, `"ABC"`, `"abcd"`, `"abcde"`, `"AB-1"`, `"ab-1"`, `"AB-12345"`,
		`"AB-123456"`, `"S"`, `"M"`, `"XL"`, `"it's"`, `"a.b"`, `"a1"`, `"1a"`, `"aé"`,
		`"éééé"`, `"a b"`, `"x@y.z"`, `"12"`, `"(a)"`, `"a\\b"`, `"\n"`,
	}
	numbers := []string{
		`-1000`, `-999.99`, `-1`, `-0.01`, `0`, `0.5`, `1`, `2`, `9`, `10`, `11`, `50.5`, `50.4`, `99`,
		`100`, `100.01`, `101`, `999`, `1000`, `12345`,
	}
	rows, err := db.Query(`SELECT typname, typcategory = 'N' FROM pg_type
		WHERE typnamespace = 'domains'::regnamespace AND typtype = 'd' ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	domains, limited := 0, 0
	for rows.Next() {
		var name string
		var isNumber bool
		if err := rows.Scan(&name, &isNumber); err != nil {
			t.Fatal(err)
		}
		domains++
		schema, err := compiler.Compile("doc.json#/components/schemas/domains." + name)
		if err != nil {
			t.Fatal(err)
		}
		values := texts
		if isNumber {
			values = numbers
		}
		for _, value := range values {
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(value)))
			if err != nil {
				t.Fatal(err)
			}
			var text string
			if json.Unmarshal([]byte(value), &text) != nil {
				text = value
			}
			invalid := schema.Validate(v)
			_, refused := db.Exec("SELECT CAST($1 AS domains."+name+")", text)
			if invalid != nil {
				limited++
			}
			if name[0] == 'x' { // of which the schema says less than the checks
				if invalid != nil && refused == nil {
					t.Errorf("%s %s: %v, and PostgreSQL accepts it", name, value, invalid)
				}
			} else if (invalid == nil) != (refused == nil) {
				t.Errorf("%s %s: %v, PostgreSQL: %v; %s", name, value, invalid, refused,
					shown(at(doc, "components", "schemas", "domains."+name)))
			}
		}
	}
	if domains < 20 || limited < 100 {
		t.Errorf("%d domains, %d values that are refused", domains, limited)
	}
}
