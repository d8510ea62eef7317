package exact

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCompareFindsTheFirstDifference(t *testing.T) {
	for _, test := range []struct{ got, want, difference string }{
		{`1.0`, `1`, ""},
		{`1e2`, `100`, ""},
		{`1E+2`, `100.00`, ""},
		{`12e-1`, `1.2`, ""},
		{`0.0012`, `1.2e-3`, ""},
		{`-0`, `0.0`, ""},
		{`0e5`, `0`, ""},
		{`1`, `-1`, ": wrote 1, to_json writes -1"},
		{`10`, `1`, ": wrote 10, to_json writes 1"},
		{
			`9007199254740993`, `9007199254740992`,
			": wrote 9007199254740993, to_json writes 9007199254740992",
		},
		{`9007199254740993`, `9007199254740993.0`, ""},
		{
			`0.1`, `0.1000000000000000055511151231257827`,
			": wrote 0.1, to_json writes 0.1000000000000000055511151231257827",
		},
		{`1e99999999999999999999`, `1e99999999999999999999`, ""},
		{
			`1e99999999999999999999`, `1e99999999999999999998`,
			": wrote 1e99999999999999999999, to_json writes 1e99999999999999999998",
		},
		{`"1"`, `1`, `: wrote "1", to_json writes 1`},
		{`null`, `0`, ": wrote null, to_json writes 0"},
		{`"\u00e9"`, `"é"`, ""},
		{`true`, `false`, ": wrote true, to_json writes false"},
		{`[]`, `null`, ": wrote [], to_json writes null"},
		{`null`, `[]`, ": wrote null, to_json writes []"},
		{`[1]`, `{"a":1}`, `: wrote [1], to_json writes {"a":1}`},
		{`{"b":1,"a":2}`, `{"a":2,"b":1}`, ""},
		{`{"a":1,"a":2}`, `{"a":1,"a":2}`, ""},
		{`{"a":2,"a":1}`, `{"a":1,"a":2}`, "a: wrote 2, to_json writes 1"},
		{`{"a":1}`, `{"a":1,"a":2}`, "a: wrote nothing, to_json writes 2"},
		{`{"a":1}`, `{"a":1,"day":"x"}`, `day: wrote nothing, to_json writes "x"`},
		{`{"a":1,"b":[2]}`, `{"a":1}`, `b: wrote [2], to_json writes nothing`},
		{`{"d":{"l":[1,2,4]}}`, `{"d":{"l":[1,2,3]}}`, "d.l[2]: wrote 4, to_json writes 3"},
		{`[1]`, `[1,2]`, "[1]: wrote nothing, to_json writes 2"},
		{`[1,2]`, `[1]`, "[1]: wrote 2, to_json writes nothing"},
		{
			`"` + strings.Repeat("é", 100) + `"`, `""`,
			`: wrote "` + strings.Repeat("é", 59) + `…, to_json writes ""`,
		},
	} {
		d, err := Compare([]byte(test.got), []byte(test.want))
		if err != nil {
			t.Fatal(err)
		}
		difference := ""
		if d != nil {
			difference = d.String()
		}
		if difference != test.difference {
			t.Errorf("%s and %s: %q, want %q", test.got, test.want, difference, test.difference)
		}
	}
}

func TestCompareRefusesWhatIsNotJSON(t *testing.T) {
	for _, test := range [][2]string{
		{`{"a":1`, `1`}, {`1 2`, `1`}, {`[1}`, `1`}, {`1`, ``}, {``, `1`},
	} {
		if _, err := Compare([]byte(test[0]), []byte(test[1])); err == nil {
			t.Errorf("%q is compared with %q", test[0], test[1])
		}
	}
}

func TestRowsComparesAndCounts(t *testing.T) {
	want := []json.RawMessage{json.RawMessage(`{"a":1}`), json.RawMessage(`{"a":2}`)}
	for _, test := range []struct{ doc, difference, err string }{
		{`[{"a":1},{"a":2.0},{"a":"not compared"}]` + "\n", "", ""},
		{`[{"a":1},{"a":3},{}]`, "a", ""},
		{`[{"a":1},{"a":2}]`, "", "2 rows, want 3"},
		{`[{"a":1},{"a":2},{},{}]`, "", "4 rows, want 3"},
		{`[{"a":1},{"a":2},{}`, "", "EOF"},
		{`[{"a":1},{"a":2},{}]]`, "", "after the end"},
		{`{"a":1}`, "", "no array"},
		{``, "", "no array"},
		{`[{"a":1},{"a":]`, "", "row 1"},
	} {
		d, err := Rows(strings.NewReader(test.doc), want, 3)
		switch {
		case test.err != "":
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s: error %v, want %q", test.doc, err, test.err)
			}
		case err != nil:
			t.Errorf("%s: %v", test.doc, err)
		case d == nil && test.difference != "" || d != nil && d.Path != test.difference:
			t.Errorf("%s: %v, want one at %q", test.doc, d, test.difference)
		}
	}
}
