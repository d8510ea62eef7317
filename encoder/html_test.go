package encoder_test

import (
	"fmt"
	"html"
	"os"
	"strings"
	"testing"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/row"
)

// The page begins with a style sheet, which is not shown here.
func ExampleHTML() {
	var page strings.Builder
	encoder.HTML().Encode(&page, cars())
	_, body, _ := strings.Cut(page.String(), "<body>\n")
	os.Stdout.WriteString(body)
	// Output:
	// <table>
	// <thead>
	// <tr><th scope="col">car</th><th scope="col" class="num">price</th><th scope="col">tags</th></tr>
	// </thead>
	// <tbody>
	// <tr><td>Käfer</td><td class="num">12500.00</td><td>{blue,&lt;new&gt;}</td></tr>
	// <tr><td>2CV</td><td class="null"></td><td>{}</td></tr>
	// </tbody>
	// </table>
	// </body>
	// </html>
}

func ExampleHTMLTitle() {
	var page strings.Builder
	encoder.HTML(encoder.HTMLTitle("Cars & more")).Encode(&page, cars())
	for line := range strings.Lines(page.String()) {
		if strings.Contains(line, "Cars") {
			fmt.Print(line)
		}
	}
	// Output:
	// <title>Cars &amp; more</title>
	// <caption>Cars &amp; more</caption>
}

func TestHTMLWritesATableForEachSet(t *testing.T) {
	got := write(t, encoder.HTML(), query(t, row.Sets, numbers("n", 1), numbers("m")))
	_, got, _ = strings.Cut(got, "<body>\n")
	want := `<table>
<thead>
<tr><th scope="col">n</th></tr>
</thead>
<tbody>
<tr><td class="num">1</td></tr>
</tbody>
</table>
<table>
<thead>
<tr><th scope="col">m</th></tr>
</thead>
<tbody>
</tbody>
</table>
</body>
</html>
`
	if got != want {
		t.Errorf("got %s", got)
	}
}

// FuzzHTML reads any text back from a title, a column name and a value with package html, and
// checks that it contains no tag or quote there.
func FuzzHTML(f *testing.F) {
	f.Add(`<script>alert("x")</script>`)
	f.Add(`</title></td>'&amp;&#0;`)
	f.Add("\x00\r\n\xff\ufeff")
	f.Fuzz(func(t *testing.T, text string) {
		e := encoder.HTML(encoder.HTMLTitle(text))
		page := write(t, e, row.Of([]row.Column{{Name: text, Kind: row.Text}}, []any{text}))
		want := strings.ReplaceAll(string([]rune(text)), "\x00", "\uFFFD")
		for _, around := range [][2]string{
			{"<title>", "</title>"}, {"<caption>", "</caption>"}, {`<th scope="col">`, "</th>"},
			{"<td>", "</td>"},
		} {
			_, after, _ := strings.Cut(page, around[0])
			got, _, closed := strings.Cut(after, around[1])
			if !closed || strings.ContainsAny(got, "<>'\"\r") || html.UnescapeString(got) != want {
				t.Errorf("%q is %q in %s", text, got, around[0])
			}
		}
	})
}
