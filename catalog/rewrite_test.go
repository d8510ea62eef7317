package catalog

import "testing"

// FuzzOrigins checks that no text of a rule, whatever its form, keeps a load from ending.
func FuzzOrigins(f *testing.F) {
	f.Add(`({QUERY :commandType 1 :rtable ({RTE :subquery {QUERY :targetList ({TARGETENTRY ` +
		`:resorigtbl 1 :resorigcol 2})}}) :targetList ({TARGETENTRY :expr {VAR :varno 1} :resno 1 ` +
		`:resname a\ b\) :resorigtbl 16384 :resorigcol 3 :resjunk false})})`)
	f.Add(`)}\`)
	f.Fuzz(func(t *testing.T, action string) {
		n := 0
		for token := range nodeTokens(action) {
			n += len(token)
		}
		if list := origins(action); n > len(action) || len(list) > len(action) {
			t.Errorf("%q: %d bytes of tokens, %d columns", action, n, len(list))
		}
	})
}

func TestOriginsAreThoseOfTheViewItself(t *testing.T) {
	list := origins(`({QUERY :rtable ({RTE :subquery {QUERY :targetList ({TARGETENTRY :resorigtbl 1 ` +
		`:resorigcol 2} {TARGETENTRY :resorigtbl 5 :resorigcol 6})}}) :targetList ({TARGETENTRY :expr ` +
		`{VAR :varno 1} :resno 1 :resname a\ \(b :resorigtbl 16384 :resorigcol 3} {TARGETENTRY ` +
		`:expr {CONST} :resorigtbl 0 :resorigcol 0}) :override 0})`)
	if len(list) != 2 || list[0] != (origin{16384, 3}) || list[1] != (origin{}) {
		t.Errorf("%v", list)
	}
}
