package binder_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/moresql/moresql/binder"
)

func ExampleBind() {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /cars/{id}", func(_ http.ResponseWriter, r *http.Request) {
		fields := []binder.Field{{Name: "id"}, {Name: "price"}, {Name: "owner"}, {Name: "tags"}, {Name: "color", Optional: true}}
		given := map[string]any{"owner": 42} // from the session, say: whatever the client sends
		values, present, err := binder.Bind(r, fields, given, binder.Defaults())
		if err != nil {
			fmt.Println(err)
			return
		}
		for i, field := range fields {
			fmt.Printf("%s: %#v %t\n", field.Name, values[i], present[i])
		}
	})

	for _, body := range []string{`{"price": 1.10, "owner": 1, "tags": ["old",  "red"]}`, `{"prize": 1.10}`} {
		r := httptest.NewRequest("PUT", "/cars/7", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		mux.ServeHTTP(httptest.NewRecorder(), r)
	}
	// Output:
	// id: "7" true
	// price: "1.10" true
	// owner: 42 true
	// tags: "[\"old\",  \"red\"]" true
	// color: <nil> false
	// missing parameters: price, tags
}

// A source of header fields: tenant_id comes from Tenant-Id.
func ExampleSource() {
	header := binder.SourceFunc(func(r *http.Request) (binder.Lookup, error) {
		return func(name string) (any, bool, error) {
			values := r.Header.Values(strings.ReplaceAll(name, "_", "-"))
			if len(values) > 1 {
				return nil, false, &binder.Error{Status: 400, Field: name, Message: name + " is given more than once"}
			}
			return strings.Join(values, ""), len(values) == 1, nil
		}, nil
	})

	r := httptest.NewRequest("GET", "/cars?color=red", nil)
	r.Header.Set("Tenant-Id", "acme")
	fields := []binder.Field{{Name: "tenant_id"}, {Name: "color"}}
	values, _, err := binder.Bind(r, fields, nil, append(binder.Defaults(), header))
	fmt.Println(values, err)
	// Output: [acme red] <nil>
}
