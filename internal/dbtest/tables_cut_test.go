package dbtest

import (
	"strings"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/rest"
)

// MariaDB cuts a long array off without an error, at group_concat_max_len, which the statement
// lifts, or else at max_allowed_packet, 16 MiB by default.
func TestArraysThatMariaDBCutsOffAreErrors(t *testing.T) {
	db, cat := others["MariaDB"](t,
		"CREATE TABLE h (id int PRIMARY KEY)", "INSERT INTO h VALUES (1), (2)",
		"CREATE TABLE v (id int PRIMARY KEY, x longtext, h int, FOREIGN KEY (h) REFERENCES h (id))",
		"INSERT INTO v SELECT seq, repeat('x', 1000000), 1 + (seq > 2) FROM seq_1_to_20")
	url := listen(t, rest.Tables(moresql.New(db, quiet), cat))
	got := send(t, "GET", url+"/h?select=id,v(x)&id=eq.1", "")
	if got.status != 200 || strings.Count(got.body, "x") < 2_000_000 ||
		!strings.HasSuffix(got.body, `"}]}]`) {
		t.Errorf("two: %d %.99s", got.status, got.body)
	}
	got = send(t, "PATCH", url+"/h?select=id,...v(x)&id=eq.2", `{"id": 2}`, "Prefer",
		"return=representation", "Content-Type", jsonType)
	if got.status != 500 || !strings.Contains(got.body, "longer than the database allows") {
		t.Errorf("what is returned: %d, %d bytes: %.200s", got.status, len(got.body), got.body)
	}
	for _, target := range []string{
		"/h?select=id,v(x)&id=eq.2",
		"/h?select=id,...v(x)&id=eq.2", // which is cut in the midst of a text, and closed
		"/v?select=id,h(v(x))&id=eq.20",
		"/v?select=id,h(id,v(x))&id=eq.20",
		"/v?select=id,...h(v(x))&id=eq.20",
		"/v?select=id,...h(...v(x))&id=eq.20",
		"/h?select=id,v(id,h(...v(x)))&id=eq.2&v.id=eq.20",
		"/h?select=id,...v(id,h(v(x)))&id=eq.2&v.id=eq.20",
	} {
		for _, prefer := range []string{"", "count=exact"} {
			got = send(t, "GET", url+target, "", "Prefer", prefer)
			if got.status != 500 || !strings.Contains(got.body, "longer than the database allows") {
				t.Errorf("%s, %q: %d, %d bytes: %.200s", target, prefer, got.status, len(got.body), got.body)
			}
		}
	}
}
