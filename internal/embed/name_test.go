package embed_test

import (
	"testing"

	"github.com/moresql/moresql/internal/embed"
)

// A request that writes the name gets the relationship, by the grammar and the rules of requests.
func TestNameIsWhatARequestMeansTheRelationshipBy(t *testing.T) {
	s := snapshot()
	relations := s.Relations()
	named := map[string]bool{}
	for i := range relations {
		for j, via := range s.Relationships(&relations[i]) {
			name := embed.Name(s, &s.Relationships(&relations[i])[j])
			if name == "" {
				t.Errorf("%s to %s by %s has no name", via.From, via.To, via.Name)
				continue
			}
			named[via.From.Name+" "+name] = true
			node, err := resolve(t, via.From.Name, name+"(id)", "")
			if via.To.Name == "roles" { // which has no id
				node, err = resolve(t, via.From.Name, name+"(film_id)", "")
			}
			if err != nil {
				t.Errorf("%s from %s: %v", name, via.From, err)
				continue
			}
			if got := node.Children[0].Via; got.Name != via.Name || got.Cardinality != via.Cardinality ||
				got.To.Name != via.To.Name {
				t.Errorf("%s from %s leads to %s by %s, want %s", name, via.From, got.To, got.Name, via.Name)
			}
		}
	}
	for _, want := range []string{"films director_id", "people boss", "people people", "films roles"} {
		if !named[want] {
			t.Errorf("%s is missing: %v", want, named)
		}
	}
}
