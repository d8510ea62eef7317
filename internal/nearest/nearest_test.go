package nearest

import (
	"strings"
	"testing"
)

func TestIndexFindsTheMostSimilarName(t *testing.T) {
	names := []string{"get_user", "get_users", "create_car", "a", ""}
	for _, c := range []struct {
		name, want, reason string
	}{
		{"get_user", "get_user", "the name itself"},
		{"get_usr", "get_user", "a letter is missing"},
		{"get_userss", "get_users", "an additional letter"},
		{"creete_car", "create_car", "another letter"},
		{"craete_car", "create_car", "two letters in the wrong order"},
		{"rceate_acr", "create_car", "twice two letters in the wrong order"},
		{"crxyze_car", "create_car", "three letters of ten"},
		{"delete_car", "none", "four letters of ten"},
		{"A", "a", "the same in upper case, however short"},
		{"getUser", "get_user", "the underscore is missing, and the case differs"},
		{"CREATE_CRA", "create_car", "two letters in the wrong order, and the case differs"},
		{"b", "none", "no letter of a is left"},
		{"", "", "the empty name itself"},
		{strings.Repeat("x", 64), "none", "longer than any name"},
		{strings.Repeat("\xff", 63), "none", "longer than any name in lower case"},
	} {
		got := "none"
		if i := Index(c.name, len(names), func(i int) string { return names[i] }); i >= 0 {
			got = names[i]
		}
		if got != c.want {
			t.Errorf("%s (%s): %s, want %s", c.name, c.reason, got, c.want)
		}
	}
	if i := Index("a", 0, nil); i != -1 {
		t.Errorf("among no names: %d", i)
	}
}

// slowDistance is the distance by its definition, without a table.
func slowDistance(a, b string) int {
	switch {
	case a == "":
		return len(b)
	case b == "":
		return len(a)
	case a[0] == b[0]:
		return slowDistance(a[1:], b[1:])
	}
	d := min(slowDistance(a[1:], b), slowDistance(a, b[1:]), slowDistance(a[1:], b[1:]))
	if len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] {
		d = min(d, slowDistance(a[2:], b[2:]))
	}
	return 1 + d
}

func FuzzDistance(f *testing.F) {
	f.Add("kitten", "sitting", uint8(9))
	f.Add("", "abc", uint8(2))
	f.Add("abc", "bca", uint8(9))
	f.Add("titel", "title", uint8(2))
	f.Add("00ba", "ab", uint8(3))
	f.Add("00", "1111", uint8(3))
	f.Fuzz(func(t *testing.T, a, b string, n uint8) {
		if len(a) > 6 || len(b) > 6 {
			return
		}
		limit := int(n)
		if got, want := distance(a, b, limit), min(slowDistance(a, b), limit); got != want {
			t.Fatalf("%q and %q up to %d: %d, want %d", a, b, limit, got, want)
		}
	})
}
