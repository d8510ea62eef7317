package contender

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/moresql/moresql/bench/internal/dataset"
)

func TestIdentifyVerifiesTheToken(t *testing.T) {
	_, token, _ := strings.Cut(Authorization(), ": ")
	for name, test := range map[string]struct {
		value string
		ok    bool
	}{
		"the token":         {token, true},
		"none":              {"", false},
		"another scheme":    {strings.Replace(token, "Bearer", "Basic", 1), false},
		"no dot":            {"Bearer x", false},
		"no signature":      {token[:strings.LastIndexByte(token, '.')+1], false},
		"another signature": {token[:len(token)-2], false},
		"other claims":      {strings.Replace(token, ".", ".e30", 1), false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", test.value)
		id, err := identify(r)
		if (err == nil) != test.ok || test.ok && id.Role != dataset.Role {
			t.Errorf("%s: %+v, %v", name, id, err)
		}
	}
}
