package binder_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/moresql/moresql/binder"
)

// show binds fields from a request and prints their values, or what is wrong.
func show(r *http.Request, fields ...binder.Field) {
	values, _, err := binder.Bind(r, fields, nil, binder.Defaults())
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, field := range fields {
		fmt.Printf("%s: %#v\n", field.Name, values[i])
	}
}

// post returns a request with a JSON body.
func post(body string) *http.Request {
	r := httptest.NewRequest("POST", "/cars", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

// A value is passed on as the text that was sent, for the database to convert.
func ExampleInt() {
	doors := binder.Int("doors").Min(1).Max(9)
	show(post(`{"doors": 5}`), doors)
	show(post(`{"doors": "05"}`), doors)
	show(post(`{"doors": 0}`), doors)
	show(post(`{"doors": "five"}`), doors)
	// Output:
	// doors: "5"
	// doors: "05"
	// doors is less than 1
	// doors is not a whole number
}

// Numbers are decimals, however many digits they have.
func ExampleNumber() {
	price := binder.Number("price").Min(0.01).Max(9999.99)
	show(post(`{"price": 1.10}`), price)
	show(post(`{"price": 9999.9900000000000000001}`), price)
	// Output:
	// price: "1.10"
	// price is greater than 9999.99
}

func ExampleText() {
	name := binder.Text("name").MinLen(1).MaxLen(40)
	color := binder.Text("color").OneOf("red", "blue")
	plate := binder.Text("plate").Pattern("^[A-Z]{1,3} [0-9]{1,4}$")
	show(post(`{"name": "Käfer", "color": "blue", "plate": "KA 1967"}`), name, color, plate)
	show(post(`{"name": "", "color": "green"}`), name, color)
	show(post(`{"plate": "X"}`), plate)
	// Output:
	// name: "Käfer"
	// color: "blue"
	// plate: "KA 1967"
	// name is shorter than 1 character; color is not one of these: red, blue
	// plate does not match ^[A-Z]{1,3} [0-9]{1,4}$
}

func ExampleBool() {
	show(httptest.NewRequest("GET", "/cars?sold=on", nil), binder.Bool("sold"))
	show(httptest.NewRequest("GET", "/cars?sold=perhaps", nil), binder.Bool("sold"))
	// Output:
	// sold: "on"
	// sold is not true or false
}

func ExampleDate() {
	show(httptest.NewRequest("GET", "/cars?built=2024-02-29", nil), binder.Date("built"))
	show(httptest.NewRequest("GET", "/cars?built=29.2.2024", nil), binder.Date("built"))
	// Output:
	// built: "2024-02-29"
	// built is not a date like 2006-01-02
}

func ExampleTimestamp() {
	show(post(`{"sold": "2024-02-29T12:00:00+01:00"}`), binder.Timestamp("sold"))
	show(post(`{"sold": "2024-02-29 12:00"}`), binder.Timestamp("sold"))
	// Output:
	// sold: "2024-02-29T12:00:00+01:00"
	// sold is not a time like 2006-01-02T15:04:05Z
}

func ExampleUUID() {
	tenant := binder.UUID("tenant").From(binder.InHeader("Tenant-Id"))
	r := httptest.NewRequest("GET", "/cars", nil)
	show(r, tenant)
	r.Header.Set("Tenant-Id", "acme")
	show(r, tenant)
	r.Header.Set("Tenant-Id", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6")
	show(r, tenant)
	// Output:
	// missing parameter: tenant (header Tenant-Id)
	// tenant (header Tenant-Id) is not a UUID
	// tenant: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
}

// A field may be null or absent. Unless it says otherwise, null is a value and absence an error.
func ExampleField_Default() {
	required, optional := binder.Int("doors").NotNull(), binder.Int("doors").Optional()
	byDefault := binder.Int("doors").Default(4)
	for _, body := range []string{`{"doors": null}`, `{}`} {
		show(post(body), required)
		show(post(body), optional)
		show(post(body), byDefault)
	}
	// Output:
	// doors must not be null
	// doors: <nil>
	// doors: <nil>
	// missing parameter: doors
	// doors: <nil>
	// doors: 4
}

// A key may be in the query or in a header field.
func ExampleField_From() {
	key := binder.Text("key").From(binder.Query(), binder.InHeader("Api-Key"))
	r := httptest.NewRequest("GET", "/cars", nil)
	r.Header.Set("Api-Key", "k1")
	show(r, key)
	show(httptest.NewRequest("GET", "/cars?key=k2", nil), key)
	// Output:
	// key: "k1"
	// key: "k2"
}

func ExampleHeader() {
	r := httptest.NewRequest("GET", "/cars?tenant=mine", nil)
	r.Header.Set("Tenant-Id", "acme")
	r.AddCookie(&http.Cookie{Name: "sid", Value: "7f"})
	show(r, binder.Header("tenant", "Tenant-Id"), binder.Cookie("session", "sid"))
	// Output:
	// tenant: "acme"
	// session: "7f"
}

func ExampleValue() {
	user := binder.Value("user_name", func(r *http.Request) (any, error) {
		name, _, ok := r.BasicAuth()
		if !ok {
			return nil, &binder.Error{Status: http.StatusUnauthorized, Message: "sign in first"}
		}
		return name, nil
	})
	r := httptest.NewRequest("GET", "/cars?max_rows=1000000", nil)
	show(r, user)
	r.SetBasicAuth("ann", "secret")
	show(r, user, binder.Const("max_rows", 100))
	// Output:
	// sign in first
	// user_name: "ann"
	// max_rows: 100
}

func ExampleBodyText() {
	r := httptest.NewRequest("POST", "/import", strings.NewReader("Mini,3\n"))
	r.Header.Set("Content-Type", "text/csv")
	show(r, binder.BodyText("csv"), binder.BodyBytes("data"))
	// Output:
	// csv: "Mini,3\n"
	// data: []byte{0x4d, 0x69, 0x6e, 0x69, 0x2c, 0x33, 0xa}
}

func ExampleFile() {
	form := strings.ReplaceAll(`--B
Content-Disposition: form-data; name="photo"; filename="mini.png"
Content-Type: image/png

PNG
--B
Content-Disposition: form-data; name="car"

7
--B--
`, "\n", "\r\n")
	r := httptest.NewRequest("POST", "/photos", strings.NewReader(form))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=B")
	show(r,
		binder.Int("car"),
		binder.File("photo"),
		binder.FileName("photo_name", "photo"),
		binder.FileType("photo_type", "photo"))
	// Output:
	// car: "7"
	// photo: []byte{0x50, 0x4e, 0x47}
	// photo_name: "mini.png"
	// photo_type: "image/png"
}

// An error reports all that is wrong at once, and what is wrong with each field.
func ExampleError() {
	fields := []binder.Field{
		binder.Text("name").MaxLen(40),
		binder.Int("doors").Min(1),
		binder.Header("tenant", "Tenant-Id"),
	}
	_, _, err := binder.Bind(post(`{"doors": 0}`), fields, nil, binder.Defaults())
	if refusal, ok := err.(*binder.Error); ok {
		fmt.Println(refusal.Status, refusal)
		for _, problem := range refusal.Problems {
			fmt.Printf("%s: %s\n", problem.Field, problem.Message)
		}
	}
	// Output:
	// 400 missing parameters: name, tenant (header Tenant-Id); doors is less than 1
	// name: missing parameter: name
	// doors: doors is less than 1
	// tenant: missing parameter: tenant (header Tenant-Id)
}

// A constraint that does not apply to the type of its field is a mistake of the program.
func ExampleCheck_constraint() {
	fmt.Println(binder.Check([]binder.Field{binder.Text("name").Min(1)}, nil))
	// Output: the field "name": Min is for Int and Number only
}

// A query has text only, JSON says what a value is, and a field knows better than both.
func ExampleBindTyped() {
	fields := []binder.Field{binder.Any("a"), binder.Any("b"), binder.Int("c"), binder.Text("d")}
	body := strings.NewReader(`{"b": 1.50, "d": 7}`)
	r := httptest.NewRequest("POST", "/?a=1&c=2", body)
	r.Header.Set("Content-Type", "application/json")
	bound, err := binder.BindTyped(r, fields, nil, binder.Defaults())
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, f := range fields {
		fmt.Println(f.Name, bound.Values[i], bound.Types[i] == binder.NumberType)
	}
	// Output:
	// a 1 false
	// b 1.50 true
	// c 2 true
	// d 7 false
}

func ExampleBytes() {
	fields := []binder.Field{binder.Bytes("key")}
	for _, query := range []string{`\x6869`, `hi`} {
		r := httptest.NewRequest("GET", "/?key="+url.QueryEscape(query), nil)
		values, _, err := binder.Bind(r, fields, nil, binder.Defaults())
		fmt.Println(values, err)
	}
	// Output:
	// [\x6869] <nil>
	// [] key is not bytes like \x6869
}

func ExampleArray() {
	fields := []binder.Field{binder.Array("ids")}
	r := httptest.NewRequest("GET", "/?ids=1&ids=2", nil)
	values, _, err := binder.Bind(r, fields, nil, binder.Defaults())
	fmt.Println(values, err)
	// Output: [{"1","2"}] <nil>
}
