package routine

import (
	"strconv"
	"strings"

	"github.com/moresql/moresql/catalog"
)

// OIDs returns the OIDs of routines as the text of an array, for dialect.Callable.
func OIDs(routines []catalog.Routine) string {
	b := []byte{'{'}
	for i := range routines {
		if oid := routines[i].OID; oid != 0 {
			if len(b) > 1 {
				b = append(b, ',')
			}
			b = strconv.AppendUint(b, uint64(oid), 10)
		}
	}
	return string(append(b, '}'))
}

// Among returns which routines may be called by the result of dialect.Callable, OIDs with commas
// between them. A routine without an OID may be.
func Among(list string) func(*catalog.Routine) bool {
	callable := map[string]bool{}
	for oid := range strings.SplitSeq(list, ",") {
		callable[oid] = true
	}
	return func(r *catalog.Routine) bool {
		return r.OID == 0 || callable[strconv.FormatUint(uint64(r.OID), 10)]
	}
}

// Known reports that any routine of the catalog may be called.
func Known(*catalog.Routine) bool { return true }
