package merge

import (
	"maps"
	"testing"
)

func TestFieldsKeepsWhatIsNotSet(t *testing.T) {
	type limits struct {
		A, B int
		C    string
	}
	old := limits{A: 1, B: 2, C: "c"}
	if got := Fields(old, limits{B: -1}); got != (limits{A: 1, B: -1, C: "c"}) || old.B != 2 {
		t.Errorf("%+v of %+v", got, old)
	}
}

func TestMapsLeavesBothAsTheyAre(t *testing.T) {
	old, added := map[string]int{"a": 1, "b": 2}, map[string]int{"b": 3}
	got := Maps(old, added)
	if !maps.Equal(got, map[string]int{"a": 1, "b": 3}) || old["b"] != 2 || len(added) != 1 {
		t.Errorf("%v of %v and %v", got, old, added)
	}
	if got := Maps(nil, added); !maps.Equal(got, added) {
		t.Errorf("%v", got)
	}
}
