package binder_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing/iotest"
	"time"

	"github.com/moresql/moresql/binder"
)

func ExampleBind() {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /cars/{id}", func(_ http.ResponseWriter, r *http.Request) {
		fields := []binder.Field{{
			Name: "id",
		}, {
			Name: "price",
		}, {
			Name: "owner",
		}, {
			Name: "tags",
		}, binder.Any("color").Optional()}
		given := map[string]any{"owner": 42} // whatever the client sends
		values, present, err := binder.Bind(r, fields, given, binder.Defaults())
		if err != nil {
			fmt.Println(err)
			return
		}
		for i, field := range fields {
			fmt.Printf("%s: %#v %t\n", field.Name, values[i], present[i])
		}
	})

	for _, body := range []string{
		`{"price": 1.10, "owner": 1, "tags": ["old",  "red"]}`,
		`{"prize": 1.10}`,
	} {
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
				message := name + " is given more than once"
				return nil, false, &binder.Error{Status: 400, Field: name, Message: message}
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

// The values of a query are text, and a repeated name has several.
func ExampleQueryArgs() {
	r := httptest.NewRequest("GET", "/rpc/find_cars?tag=old&tag=red&doors=4", nil)
	args, err := binder.QueryArgs(r)
	for _, arg := range args {
		fmt.Printf("%s: %q\n", arg.Name, arg.Values)
	}
	fmt.Println(err)
	// Output:
	// tag: ["old" "red"]
	// doors: ["4"]
	// <nil>
}

// The values of a JSON body stay JSON, so that the type of the parameter decides how to convert
// them.
func ExampleBodyArgs() {
	body := `{"name": "Mini", "price": 1.10, "tags": ["old"]}`
	r := httptest.NewRequest("POST", "/rpc/add_car", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	args, err := binder.BodyArgs(r)
	for _, arg := range args {
		fmt.Printf("%s: %s\n", arg.Name, arg.Values[0])
	}
	fmt.Println(err)

	r = httptest.NewRequest("POST", "/rpc/add_car", strings.NewReader(`["Mini", 1.10]`))
	r.Header.Set("Content-Type", "application/json")
	_, err = binder.BodyArgs(r)
	fmt.Println(err)
	// Output:
	// name: "Mini"
	// price: 1.10
	// tags: ["old"]
	// <nil>
	// the JSON body is not an object
}

func ExampleUploadArgs() {
	body := "--b\r\nContent-Disposition: form-data; name=id\r\n\r\n7\r\n" +
		"--b\r\nContent-Disposition: form-data; name=photo; filename=a.png\r\n\r\nPNG\r\n--b--\r\n"
	r := httptest.NewRequest("POST", "/rpc/add_photo", strings.NewReader(body))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	args, err := binder.UploadArgs(r)
	for _, arg := range args {
		fmt.Println(arg.Name, arg.Values, arg.File)
	}
	fmt.Println(err)
	// Output:
	// id [7] false
	// photo [PNG] true
	// <nil>
}

func ExampleArg_Value() {
	for _, arg := range []binder.Arg{
		{Name: "name", Values: []string{`"\u004dini"`}, JSON: true},
		{Name: "price", Values: []string{"1.10"}, JSON: true},
		{Name: "owner", Values: []string{"null"}, JSON: true},
		{Name: "owner", Values: []string{"null"}}, // of a query or a form
		{Name: "tag", Values: []string{"old", "red"}},
	} {
		value, err := arg.Value()
		fmt.Printf("%s: %#v %v\n", arg.Name, value, err)
	}
	// Output:
	// name: "Mini" <nil>
	// price: "1.10" <nil>
	// owner: <nil> <nil>
	// owner: "null" <nil>
	// tag: <nil> tag is given 2 times
}

// A database that ignores the zone of a text gets the time itself.
func ExampleInstant() {
	for _, text := range []string{"2024-07-01T12:00+02", "20240701T100000Z", "2024-07-01 10:00"} {
		at, ok := binder.Instant(text)
		fmt.Println(at.UTC().Format(time.DateTime), ok)
	}
	// Output:
	// 2024-07-01 10:00:00 true
	// 2024-07-01 10:00:00 true
	// 0001-01-01 00:00:00 false
}

func ExampleRawBody() {
	r := httptest.NewRequest("POST", "/rpc/import_cars", strings.NewReader("<cars/>"))
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	body, mediaType, err := binder.RawBody(r)
	fmt.Printf("%s %s %v\n", mediaType, body, err)
	// Output: text/xml <cars/> <nil>
}

func ExampleArg_Type() {
	for _, arg := range []binder.Arg{
		{Name: "a", Values: []string{"true"}, JSON: true},
		{Name: "a", Values: []string{"-1.50"}, JSON: true},
		{Name: "a", Values: []string{`"true"`}, JSON: true},
		{Name: "a", Values: []string{"true"}},
	} {
		fmt.Println(arg.Type() == binder.BoolType, arg.Type() == binder.NumberType)
	}
	// Output:
	// true false
	// false true
	// false false
	// false false
}

func ExampleContentType() {
	r := httptest.NewRequest("POST", "/films", strings.NewReader("id,title\n1,Up\n"))
	r.Header.Set("Content-Type", "Text/CSV; charset=utf-8")
	fmt.Println(binder.ContentType(r))
	// Output: text/csv <nil>
}

func ExampleBodyError() {
	body := io.MultiReader(strings.NewReader("half of"), iotest.ErrReader(io.ErrUnexpectedEOF))
	_, err := io.ReadAll(body)
	fmt.Println(binder.BodyError(err))
	// Output: the body could not be read
}

// The members of an object are arguments, in their order.
func ExampleObjectArgs() {
	args, err := binder.ObjectArgs(`{"name": "Ada", "born": 1815}`)
	fmt.Println(args, err)
	// Output: [{name ["Ada"] true false} {born [1815] true false}] <nil>
}
