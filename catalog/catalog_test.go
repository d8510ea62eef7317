package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moresql/moresql/catalog"
)

func TestZeroValuesAreUsable(t *testing.T) {
	var c catalog.Catalog
	if err := c.Reload(context.Background()); err != nil {
		t.Error(err)
	}
	for _, c := range []*catalog.Catalog{&c, catalog.Of()} {
		s := c.Current()
		if s.Database() != "" || len(s.Routines()) != 0 || len(s.Schemas()) != 0 || s.Reloads() != 0 ||
			s.Named("") != nil || s.Lookup("", "") != nil {
			t.Errorf("%v", s)
		}
	}
	var typ *catalog.Type
	if typ.String() != "" || typ.Underlying() != nil {
		t.Error("a nil Type is not like an unknown type")
	}
	unnamed := catalog.Routine{Name: "f", Params: make([]catalog.Param, 2)}
	got := fmt.Sprint(unnamed, catalog.Kind(9), catalog.Mode(9), catalog.TypeKind(9))
	if got != "f(, ) invalid invalid invalid" {
		t.Error(got)
	}
}

// The order in which a source returns the routines does not matter.
func TestLookupFindsOverloadsInOneOrder(t *testing.T) {
	typ := map[string]*catalog.Type{"a": {SQL: "a"}, "b": {SQL: "b"}}
	var routines []catalog.Routine
	names := []string{"", "A", "a", "a.b", "aa", "b", "naïve"}
	for _, name := range names {
		for _, params := range [][]catalog.Param{{}, {
			{Type: typ["a"]},
		}, {
			{Type: typ["a"]}, {Type: typ["a"]},
		}, {
			{Type: typ["b"]},
		}} {
			for _, schema := range []string{"z", "", "y"} {
				if schema == "z" || name != "aa" {
					routines = append(routines, catalog.Routine{Schema: schema, Name: name, Params: params})
				}
			}
		}
	}
	for range 20 {
		given := slices.Clone(routines)
		rand.Shuffle(len(given)-3, func(i, j int) { given[i+3], given[j+3] = given[j+3], given[i+3] })
		s := catalog.Of(given...).Current()
		for _, name := range names {
			for _, schema := range []string{"z", "", "y"} {
				prefix := schema + "."
				if schema == "" {
					prefix = ""
				}
				full := prefix + name
				want := fmt.Sprint([]string{full + "()", full + "(a)", full + "(a, a)", full + "(b)"})
				if schema != "z" && name == "aa" {
					want = "[]"
				}
				if got := fmt.Sprint(s.Lookup(schema, name)); got != want {
					t.Errorf("%q %q: %s, want %s", schema, name, got, want)
				}
			}
			if found := s.Named(name); len(found) != 4 || found[0].Schema != "z" {
				t.Errorf("%q: %v", name, found)
			}
		}
		for _, missing := range []string{"aaa", "0", "z", "c"} {
			if s.Named(missing) != nil || s.Lookup("z", missing) != nil || s.Lookup("x", "a") != nil {
				t.Errorf("%q is found", missing)
			}
		}
	}
	s := catalog.Of(routines...).Current()
	if got := s.Schemas(); !slices.Equal(got, []string{"z", "", "y"}) {
		t.Errorf("the schemas are %q", got)
	}
	if n := testing.AllocsPerRun(100, func() { s.Named("a"); s.Lookup("y", "naïve") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	routines[0].Name = "changed"
	if s.Routines()[0].Name == "changed" {
		t.Error("Of does not copy its arguments")
	}
}

func TestLoadFuncWrapsTheErrorOfItsSource(t *testing.T) {
	cause := errors.New("cause")
	fail := func(context.Context) ([]catalog.Routine, error) { return nil, cause }
	c, err := catalog.LoadFunc(context.Background(), fail)
	if c != nil || !errors.Is(err, cause) || err.Error() != "catalog: load: cause" {
		t.Errorf("%v, %v", c, err)
	}
}

// A Reload that waits for another ends when its context does.
func TestReloadsRunOneAfterTheOther(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	first := true
	c, err := catalog.LoadFunc(context.Background(), func(context.Context) ([]catalog.Routine, error) {
		if first {
			first = false
			return nil, nil
		}
		entered <- struct{}{}
		<-leave
		return []catalog.Routine{{Name: "new"}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	wait.Add(1)
	go func() {
		defer wait.Done()
		if err := c.Reload(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	<-entered
	before := c.Current()
	select {
	case <-before.Replaced():
		t.Error("the snapshot is replaced before Reload has ended")
	default:
	}
	if c.Current().Reloads() != 0 {
		t.Error("the catalog is reloaded before Reload has ended")
	}
	gaveUp := errors.New("gave up")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(gaveUp)
	err = c.Reload(ctx)
	if !errors.Is(err, gaveUp) || !strings.Contains(err.Error(), "stay as they were") {
		t.Error(err)
	}
	if len(c.Current().Routines()) != 0 {
		t.Error("the routines are there before they have been read")
	}
	close(leave)
	wait.Wait()
	<-before.Replaced()
	if len(c.Current().Named("new")) != 1 || c.Current().Reloads() != 1 {
		t.Errorf("%v", c.Current().Routines())
	}
}

func TestTypeIsLooksBelowDomains(t *testing.T) {
	jsonb := &catalog.Type{OID: 3802, SQL: "jsonb"}
	domain := &catalog.Type{OID: 16500, Kind: catalog.Domain, Base: jsonb}
	var unknown *catalog.Type
	if !jsonb.Is(114, 3802) || !domain.Is(3802) || domain.Is(16500) || unknown.Is(3802) {
		t.Error("Is does not go by the type below the domain")
	}
	if new(catalog.Type).Is(0) {
		t.Error("a type of another database is one of PostgreSQL's")
	}
}
