package negotiate_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/negotiate"
)

const (
	jsonType  = "application/json"
	csvType   = "text/csv; charset=utf-8; header=present"
	arrowType = "application/vnd.apache.arrow.stream"
)

// served is what a server of rows may offer, JSON first.
var served = []string{jsonType, csvType, arrowType}

func ExampleAccept() {
	r, _ := http.NewRequest("GET", "/cars", nil)
	r.Header.Set("Accept", "text/csv, application/json;q=0.5")

	offered := []string{"application/json", "text/csv; charset=utf-8; header=present"}
	if i, ok := negotiate.Accept(r.Header.Values("Accept"), offered); ok {
		fmt.Println(offered[i])
	} else {
		fmt.Println(http.StatusText(http.StatusNotAcceptable))
	}
	// Output: text/csv; charset=utf-8; header=present
}

func TestAcceptPicksTheHeaviestOffer(t *testing.T) {
	for _, test := range []struct {
		why    string
		accept []string
		want   string // "" when nothing is acceptable
	}{
		{"without a field everything is acceptable", nil, jsonType},
		{"an empty field counts as none", []string{""}, jsonType},
		{"an empty list counts as none", []string{" , ,\t"}, jsonType},
		{"curl, Go and fetch", []string{"*/*"}, jsonType},
		{"the type of an offer", []string{"text/csv"}, csvType},
		{"a type that is not offered", []string{"text/html"}, ""},
		{"a suffix is another type", []string{"application/problem+json"}, ""},
		{"types in upper and lower case", []string{"Text/CSV"}, csvType},
		{"subtypes of a type", []string{"text/*"}, csvType},
		{"the greater weight", []string{"application/json;q=0.5, text/csv;q=0.8"}, csvType},
		{"the default weight is 1", []string{"application/json;q=0.9, text/csv"}, csvType},
		{
			why:    "the server's order for equal weights",
			accept: []string{"text/csv, application/json"}, want: jsonType,
		},
		{"the server's order if the client names only one of them", []string{"text/csv, */*"}, jsonType},
		{"a type besides everything with less weight", []string{"text/csv, */*;q=0.1"}, csvType},
		{
			why:    "whitespace around every token",
			accept: []string{" text/csv ; q=1 ,\tapplication/json ; q=0.1 "}, want: csvType,
		},
		{"several fields are one list", []string{"application/json;q=0.1", "text/csv"}, csvType},
		{"weights with three digits", []string{"application/json;q=0.001, text/csv;q=0.002"}, csvType},
		{"the weight 0 excludes", []string{"application/json;q=0"}, ""},
		{
			why:    "all forms of the weight 0",
			accept: []string{"application/json;q=0.000, text/csv; Q=\"0\", */*;q=0."}, want: "",
		},
		{
			why:    "a wildcard before an exclusion does not lift it",
			accept: []string{"*/*, application/json;q=0"}, want: csvType,
		},
		{
			why:    "a wildcard after an exclusion does not lift it",
			accept: []string{"application/json;q=0, */*"}, want: csvType,
		},
		{"a type is excluded with all its subtypes", []string{"application/*;q=0, */*;q=0.1"}, csvType},
		{
			why:    "a type is excluded except for one subtype",
			accept: []string{"application/*;q=0, application/vnd.apache.arrow.stream;q=0.1"},
			want:   arrowType,
		},
		{"everything is excluded except for one type", []string{"*/*;q=0, text/csv"}, csvType},
		{
			why:    "the lesser of two weights of one type counts",
			accept: []string{"application/json, application/json;q=0"}, want: "",
		},
		{
			why:    "the lesser of two weights counts in any order",
			accept: []string{"application/json;q=0", "application/json"}, want: "",
		},

		{"a parameter of the offer", []string{"text/csv;header=present"}, csvType},
		{"a parameter with another value", []string{"text/csv;header=absent"}, ""},
		{"a parameter that the offer lacks", []string{"application/json;indent=4"}, ""},
		{
			why:    "the range with a parameter precedes the one without",
			accept: []string{"text/csv;q=0.1, text/csv;header=present;q=0.9, application/json;q=0.5"},
			want:   csvType,
		},
		{
			why: "the range with two parameters precedes the one with one",
			accept: []string{
				"text/csv;header=present;charset=utf-8;q=0, text/csv;header=present, */*;q=0.1",
			},
			want: jsonType,
		},
		{
			why:    "parameters in upper and lower case",
			accept: []string{"text/csv;charset=UTF-8;HEADER=Present"}, want: csvType,
		},
		{"a quoted parameter", []string{`text/csv;charset="utf-8"`}, csvType},
		{
			why:    "JSON in utf-8, as many clients request it",
			accept: []string{"application/json; charset=utf-8"}, want: jsonType,
		},
		{"JSON in another charset does not exist", []string{"application/json; charset=iso-8859-1"}, ""},
		{
			why:    "a weight may precede a parameter (RFC 9110, 12.5.1, last note)",
			accept: []string{"text/csv;q=0.1;header=present, application/json;q=0.5"}, want: jsonType,
		},

		{
			why:    "Java's HttpURLConnection",
			accept: []string{"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"}, want: jsonType,
		},
		{
			why:    "Firefox",
			accept: []string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
			want:   jsonType,
		},
		{
			why:    "pandas and the like",
			accept: []string{"text/csv;q=0.9, application/vnd.apache.arrow.stream"}, want: arrowType,
		},

		{"a malformed member is ignored", []string{"json, text/csv"}, csvType},
		{"only malformed members", []string{"json"}, ""},
		{"types without a subtype or a name", []string{"text/, /csv, /, ;q=1"}, ""},
		{"a subtype of any type, which the RFC does not have", []string{"*/csv"}, ""},
		{"a parameter without a value", []string{"text/csv;header, application/json;q=0.1"}, jsonType},
		{"a comma in quotes does not separate members", []string{`application/json;x=", text/csv"`}, ""},
		{
			why:    "a quote left open ends with its field",
			accept: []string{`application/json;x=", text/csv`, "text/csv"}, want: csvType,
		},
		{"a weight above 1 counts as 1", []string{"application/json, text/csv;q=7"}, jsonType},
		{"a weight below 0 counts as 0", []string{"application/json;q=-1"}, ""},
		{
			why:    "a weight that is not a number counts as 1",
			accept: []string{"application/json;q=0.9, text/csv;q=high"}, want: csvType,
		},
		{
			why:    "NaN, which Go parses as a number",
			accept: []string{"application/json;q=NaN, text/csv;q=0.1"}, want: csvType,
		},
		{"two weights of one member", []string{"application/json;q=1;q=0.1, text/csv;q=0.1"}, csvType},
	} {
		t.Run(test.why, func(t *testing.T) {
			i, ok := negotiate.Accept(test.accept, served)
			got := ""
			if ok {
				got = served[i]
			}
			if got != test.want {
				t.Errorf("%q gets %q, want %q", test.accept, got, test.want)
			}
		})
	}
}

func TestAcceptOfUnusualOffers(t *testing.T) {
	for _, test := range []struct {
		why     string
		offered []string
		accept  []string
		index   int
		ok      bool
	}{
		{why: "no offers", offered: nil, accept: nil, index: 0, ok: false},
		{
			why:     "a malformed offer is ignored",
			offered: []string{"json", jsonType}, accept: nil, index: 1, ok: true,
		},
		{
			why:     "only a malformed offer",
			offered: []string{"json"}, accept: []string{"*/*"}, index: 0, ok: false,
		},
		{
			why:     "a parameter selects one of two offers of a type",
			offered: []string{"text/csv; header=absent", "text/csv; header=present"},
			accept:  []string{"text/csv;header=present"}, index: 1, ok: true,
		},
		{
			why:     "without a parameter the first of two offers of a type",
			offered: []string{"text/csv; header=absent", "text/csv; header=present"},
			accept:  []string{"text/csv"}, index: 0, ok: true,
		},
	} {
		t.Run(test.why, func(t *testing.T) {
			if i, ok := negotiate.Accept(test.accept, test.offered); i != test.index || ok != test.ok {
				t.Errorf("got %d, %v, want %d, %v", i, ok, test.index, test.ok)
			}
		})
	}
}

// The examples are those of RFC 9110, section 12.5.1, and RFC 7231, section 5.3.2: types by weight,
// those of equal weight together.
func TestAcceptOrdersTheExamplesOfTheRFC(t *testing.T) {
	for _, test := range []struct {
		accept string
		types  [][]string
	}{
		{"audio/*; q=0.2, audio/basic", [][]string{{"audio/basic"}, {"audio/mpeg"}}},
		{
			accept: "text/plain; q=0.5, text/html, text/x-dvi; q=0.8, text/x-c",
			types:  [][]string{{"text/html", "text/x-c"}, {"text/x-dvi"}, {"text/plain"}},
		},
		{
			accept: "text/*, text/plain, text/plain;format=flowed, */*",
			types:  [][]string{{"text/plain;format=flowed", "text/plain", "text/html", "image/png"}},
		},
		{ // table 5, with erratum 7138, after which text/html;level=3 weighs 0.3
			accept: "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, " +
				"text/plain;format=fixed;q=0.4, */*;q=0.5",
			types: [][]string{
				{"text/plain;format=flowed"}, {"text/plain"}, {"image/jpeg"},
				{"text/plain;format=fixed"}, {"text/html", "text/html;level=3"},
			},
		},
		{
			accept: "text/*;q=0.3, text/html;q=0.7, text/html;level=1, text/html;level=2;q=0.4, " +
				"*/*;q=0.5",
			types: [][]string{
				{"text/html;level=1"}, {"text/html", "text/html;level=3"}, {"image/jpeg"},
				{"text/html;level=2"}, {"text/plain"},
			},
		},
	} {
		order := slices.Concat(test.types...)
		rank := func(mediaType string) int {
			return slices.IndexFunc(test.types, func(line []string) bool {
				return slices.Contains(line, mediaType)
			})
		}
		for _, a := range order {
			for _, b := range order {
				want := 0
				if rank(b) < rank(a) {
					want = 1
				}
				if i, ok := negotiate.Accept([]string{test.accept}, []string{a, b}); i != want || !ok {
					t.Errorf("Accept: %s\nof %s and %s it picks %d, %v", test.accept, a, b, i, ok)
				}
			}
		}
	}
}

// FuzzAccept checks that no header makes Accept panic, that it picks one of the offers, and never
// one that the request excludes by its full name in a field of its own.
func FuzzAccept(f *testing.F) {
	for _, accept := range []string{
		"", "*/*", "text/*;q=0.3, text/plain;q=0.7, */*;q=0.5", `text/csv;x="a,\"b"`,
		"*; q=.2", "text/csv;q=NaN", "text/csv;q=1;q=0",
		`text/csv;charset=utf-8;header=present;x="`, "\x00\xff,;=/",
		"text/csv;charset*0=utf;charset*1=-8", strings.Repeat("text/csv,", 50),
	} {
		f.Add(accept)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		i, ok := negotiate.Accept([]string{accept}, served)
		if i < 0 || i >= len(served) || !ok && i != 0 {
			t.Errorf("Accept picks %d, %v", i, ok)
		}
		excluded := "text/csv;charset=utf-8;header=present;q=0"
		for _, header := range [][]string{{accept, excluded}, {excluded, accept}} {
			if i, ok := negotiate.Accept(header, served); ok && served[i] == csvType {
				t.Errorf("%q picks what it excludes", header)
			}
		}
	})
}

// FuzzWeights builds a header of ranges with known weights, and compares Accept with the rules of
// the RFC in a few lines.
func FuzzWeights(f *testing.F) {
	ranges := []struct {
		text    string
		accepts [3]bool // which of served
	}{
		{"*/*", [3]bool{true, true, true}}, // from the least specific on
		{"application/*", [3]bool{true, false, true}},
		{"text/*", [3]bool{false, true, false}},
		{"application/json", [3]bool{true, false, false}},
		{"text/csv", [3]bool{false, true, false}},
		{"application/vnd.apache.arrow.stream", [3]bool{false, false, true}},
		{"text/csv;header=present", [3]bool{false, true, false}},
		{"text/csv;header=absent", [3]bool{}},
	}
	f.Add([]byte{0, 4, 9})
	f.Add([]byte{0x70, 0x04, 0x30, 0x51, 0x76})
	f.Fuzz(func(t *testing.T, members []byte) {
		weights := map[int]int{} // of the ranges by their number, in tenths
		var header []string
		for _, m := range members {
			r, tenths := int(m)%len(ranges), int(m)/len(ranges)%11
			header = append(header, fmt.Sprintf("%s;q=%d.%d", ranges[r].text, tenths/10, tenths%10))
			if before, ok := weights[r]; !ok || tenths < before {
				weights[r] = tenths
			}
		}
		index, best := 0, 0
		for i := range served {
			offer := 0
			for r := range ranges {
				if tenths, ok := weights[r]; ok && ranges[r].accepts[i] {
					offer = tenths
				}
			}
			if offer > best {
				index, best = i, offer
			}
		}
		if len(header) == 0 {
			best = 10
		}
		i, ok := negotiate.Accept([]string{strings.Join(header, ", ")}, served)
		if i != index || ok != (best > 0) {
			t.Errorf("%q picks %d, %v, want %d, %v", header, i, ok, index, best > 0)
		}
	})
}

// A drawing is an encoder of results of two columns, as a chart is.
type drawing struct{ encoder.Encoder }

func (drawing) CheckColumns(n int) error {
	if n == 1 {
		return errors.New("one column")
	}
	return nil
}

// The only format of a result precedes others that a client accepts as gladly, if the client names
// it, and one that stands for all formats is for every request.
func TestOwnFormatOfAResult(t *testing.T) {
	const png, any = "image/png", "application/octet-stream"
	raw := func(mediaType string) encoder.Encoder { return encoder.Raw(mediaType) }
	handler := []encoder.Encoder{raw(jsonType), raw(csvType), drawing{raw("image/svg+xml")}}
	own := []encoder.Encoder{negotiate.Own{Encoder: raw(png)}}
	all := []encoder.Encoder{negotiate.Own{Encoder: raw(any), All: true}}
	for _, test := range []struct {
		reason, accept string
		others         []encoder.Encoder
		want           string // "" if nothing is acceptable
	}{
		{"no field", "", own, jsonType},
		{"everything", "*/*", own, jsonType},
		{"its type", "image/png", own, png},
		{"its type and everything", "image/png, */*", own, png},
		{"its group and everything", "image/*, */*", own, png},
		{"another as gladly", "application/json, image/png", own, png},
		{"another more gladly", "application/json, image/png;q=0.9", own, jsonType},
		{"everything less gladly", "text/html, */*;q=0.1", own, jsonType},
		{"its type is excluded", "image/png;q=0, image/*;q=0", own, ""},
		{"another alone", "text/csv", own, csvType},
		{"a type that nobody writes", "text/html", own, ""},
		{"a picture instead of another of the same", "image/svg+xml, image/*;q=0.8", own, png},
		{"all formats, no field", "", all, any},
		{"all formats, whatever is accepted", "text/csv;q=0", all, any},
	} {
		h, response := http.Header{}, http.Header{}
		if test.accept != "" {
			h.Set("Accept", test.accept)
		}
		got := ""
		if e, err := negotiate.Encoder(h, response, handler, test.others); err == nil {
			got = e.MediaType()
		}
		if got != test.want || response.Get("Vary") != "Accept" {
			t.Errorf("%s: %q, want %q, %v", test.reason, got, test.want, response)
		}
	}
}

// What only some clients know a format by is theirs alone, and a parameter that no format has
// refuses nobody.
func TestNamesOfAFormat(t *testing.T) {
	const stripped = "application/vnd.test+json;nulls=stripped"
	handler := []encoder.Encoder{encoder.Raw(jsonType), encoder.Raw(csvType)}
	others := []encoder.Encoder{
		encoder.Raw("application/vnd.test+json"),
		encoder.Raw(stripped),
		negotiate.Named{Encoder: encoder.Raw(stripped), Name: "application/json;nulls=stripped"},
		negotiate.Named{Encoder: encoder.Raw("text/x-old"), Name: "text/old"},
	}
	for _, test := range []struct{ reason, accept, want string }{
		{"another name", "text/old", "text/x-old"},
		{"its own", "text/x-old", ""},
		{"its group", "text/*", csvType},
		{"everything else", "text/old;q=0, */*", jsonType},
		{"a name with a parameter", "application/json;nulls=stripped", stripped},
		{"the same less gladly", "application/json;nulls=stripped;q=0.5, text/csv", csvType},
		{"without it", "application/json", jsonType},
		{"with another parameter", "application/json;charset=utf-8", jsonType},
		{"a parameter of a format", "application/vnd.test+json; nulls=stripped", stripped},
		{"the format without it", "application/vnd.test+json", "application/vnd.test+json"},
		{"a parameter that no format has", "text/csv; version=1", csvType},
		{"the same, excluded", "text/csv; version=1; q=0", ""},
		{"the same, and one that is", "text/csv; version=1; header=absent", ""},
		{"another charset", "text/csv; charset=iso-8859-1", ""},
	} {
		h := http.Header{"Accept": {test.accept}}
		got := ""
		if e, err := negotiate.Encoder(h, http.Header{}, handler, others); err == nil {
			got = e.MediaType()
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.reason, got, test.want)
		}
	}
}
