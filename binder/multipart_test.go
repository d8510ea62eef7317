package binder

import (
	"bytes"
	"math"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// An uploaded file is what a form has of it.
type uploaded struct{ name, mediaType, content string }

// ours returns the values and files of a form as openMultipart has them.
func ours(t *testing.T, text, boundary string) (url.Values, map[string][]uploaded, error) {
	t.Helper()
	c, err := openMultipart(text, boundary)
	if err != nil {
		return nil, nil, err
	}
	files := map[string][]uploaded{}
	for name, list := range c.(*parts).files {
		for _, f := range list {
			data, err := f.content()
			if err != nil {
				t.Fatal(err)
			}
			files[name] = append(files[name], uploaded{f.name, f.mediaType, string(data)})
		}
	}
	return c.(*parts).values, files, nil
}

// theirs returns them as mime/multipart has them.
func theirs(t *testing.T, text, boundary string) (url.Values, map[string][]uploaded, error) {
	t.Helper()
	form, err := multipart.NewReader(strings.NewReader(text), boundary).ReadForm(math.MaxInt64)
	if err != nil {
		return nil, nil, err
	}
	files := map[string][]uploaded{}
	for name, list := range form.File {
		for _, h := range list {
			data, err := read(h)
			if err != nil {
				t.Fatal(err)
			}
			u := uploaded{h.Filename, h.Header.Get("Content-Type"), string(data)}
			files[name] = append(files[name], u)
		}
	}
	return form.Value, files, nil
}

// The contents that openMultipart cuts out of a form are those that mime/multipart reads from it.
func FuzzMultipart(f *testing.F) {
	const value = "Content-Disposition: form-data; name=a\r\n\r\nx"
	const upload = "Content-Disposition: form-data; name=b; filename=\"c/d\"\r\n" +
		"Content-Type: e\r\n\r\n"
	for _, text := range []string{
		"", "--z--", "--z--\r\n", "--z\r\n" + value + "\r\n--z--", "--z\r\n" + value,
		"--z\r\n" + value + "\r\n--z\r\n" + upload + "\x00\xff\r\n\r\n--y\r\n--z--\r\nafter",
		"before\r\n\r\n--z \t\r\n" + value + "\r\n--z \r\n" + value + "\r\n--z--",
		strings.ReplaceAll("--z\r\n"+value+"\r\n--z\r\n"+upload+"\r\n--z--", "\r\n", "\n"),
		"--z\r\r\n--z\r\n" + value + "\r\n--z--", "--z\r\n\r\n\r\n--z--",
		"--z\r\n" + value + "\r\n--zz\r\n--z-\r\n--z--", "--z\r\n" + upload + "--z\r\n--z--",
		"--z\r\nA: b\r\n c\r\n \r\n" + value + "\r\n--z--",
		"--z\r\nContent-Transfer-Encoding: Quoted-Printable\r\n" + value + "=41=\r\n\r\n--z--",
		"--z\r\nContent-Transfer-Encoding: quoted-printable\r\n" + value + "=4\r\n--z--",
		strings.Repeat("--z\r\n"+value+"\r\n", maxParts) + "--z--",
		strings.Repeat("--z\r\n\r\n\r\n", maxParts+1) + "--z--",
		"--z\r\n" + upload + strings.Repeat("\r\n--y", 5000) + "\r\n--z--",
	} {
		f.Add(text, "z")
	}
	f.Fuzz(func(t *testing.T, text, boundary string) {
		values, files, err := ours(t, text, boundary)
		wantValues, wantFiles, wantErr := theirs(t, text, boundary)
		if strings.Contains(text, "filename") { // mime/multipart has no file chosen be an empty text
			withoutEmpty(values)
			withoutEmpty(wantValues)
		}
		if (err == nil) != (wantErr == nil) || !reflect.DeepEqual(values, wantValues) ||
			!reflect.DeepEqual(files, wantFiles) {
			t.Errorf("%q: %q %q %v, want %q %q %v",
				text, values, files, err, wantValues, wantFiles, wantErr)
		}
	})
}

func withoutEmpty(values url.Values) {
	for name, list := range values {
		list = slices.DeleteFunc(list, func(v string) bool { return v == "" })
		if values[name] = list; len(list) == 0 {
			delete(values, name)
		}
	}
}

// A browser sends an input in which no file was chosen as an empty file without a name (HTML,
// "Constructing the entry list").
func TestNoFileIsNoField(t *testing.T) {
	for _, test := range []struct {
		reason, part string
		values       int
	}{
		{"no file", `filename=""` + "\r\nContent-Type: application/octet-stream\r\n\r\n", 0},
		{"an empty text", "x=y\r\n\r\n", 1},
		{"a text by the name of no file", `filename=""` + "\r\n\r\nx", 1},
	} {
		text := "--z\r\nContent-Disposition: form-data; name=a; " + test.part + "\r\n--z--"
		values, files, err := ours(t, text, "z")
		if err != nil || len(values["a"]) != test.values || len(files) > 0 {
			t.Errorf("%s: %q %q %v", test.reason, values, files, err)
		}
	}
}

// A file is where the body is, and not in memory twice.
func TestFileIsAPartOfTheBody(t *testing.T) {
	text := "--z\r\nContent-Disposition: form-data; name=b; filename=c\r\n\r\ncontent\r\n--z--"
	c, err := openMultipart(text, "z")
	if err != nil {
		t.Fatal(err)
	}
	data, err := c.(*parts).files["b"][0].content()
	if err != nil || string(data) != "content" {
		t.Fatalf("%q, %v", data, err)
	}
	at := strings.Index(text, "content")
	if &data[0] != unsafe.StringData(text[at:]) {
		t.Error("it is a copy")
	}
}

// Each body has the memory that it needs, whatever length its request says, and is read from there
// the second time.
func TestBodyIsInMemoryOnce(t *testing.T) {
	const size = 3 << 20
	for _, test := range []struct {
		reason         string
		length, sent   int64
		most, allocate int64 // bytes
	}{
		{reason: "a length that is right", length: size, sent: size, most: size + 1,
			allocate: size + size/2},
		{reason: "no length", length: -1, sent: size, most: 2 * size, allocate: 5 * size},
		{reason: "a small one", length: 10, sent: 10, most: bytes.MinRead, allocate: 1 << 10},
		{reason: "a length that lies", length: 1 << 40, sent: 100, most: firstSize,
			allocate: 2 * firstSize},
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", int(test.sent))))
		r.ContentLength = test.length
		before := allocated()
		data, err := drain(r)
		if err != nil || int64(len(data)) != test.sent || int64(cap(data)) > test.most {
			t.Errorf("%s: %d of %d bytes, %v", test.reason, len(data), cap(data), err)
		}
		if got := allocated() - before; got > test.allocate {
			t.Errorf("%s: it allocates %d bytes", test.reason, got)
		}
		again, err := drain(r)
		if err != nil || len(again) != len(data) || &again[0] != &data[0] {
			t.Errorf("%s: it is read again, %v", test.reason, err)
		}
	}
}

// allocated returns how many bytes have been allocated so far.
func allocated() int64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.TotalAlloc)
}
