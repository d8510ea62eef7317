package dbtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/pgtest"
	"github.com/moresql/moresql/internal/racetest"
)

// TestCatalogLoadsNamedSchemas names schemas in any order, twice, and not at all, where the search
// path decides.
func TestCatalogLoadsNamedSchemas(t *testing.T) {
	catalogDrivers(t, func(t *testing.T, db *sql.DB) {
		count := func(schemas ...string) int { return len(load(t, db, schemas...).Current().Routines()) }
		kinds, odd := count("kinds"), count(oddSchema)
		if kinds < 50 || odd != 4 || count(oddSchema, "kinds", oddSchema) != kinds+odd {
			t.Errorf("%d in kinds, %d in the other, %d in both", kinds, odd,
				count(oddSchema, "kinds", oddSchema))
		}
		for _, schemas := range [][]string{{"kinds", oddSchema}, {oddSchema, "kinds"}} {
			s := load(t, db, schemas...).Current()
			first, named := s.Routines()[0].Schema, s.Named("overloaded")[0].Schema
			if first != schemas[0] || named != schemas[0] {
				t.Errorf("%q begins with %s, and overloaded is in %s", schemas, first, named)
			}
			if n := len(s.Lookup("kinds", "overloaded")); n != 4 {
				t.Errorf("%d overloads", n)
			}
		}
		for _, missing := range [][]string{
			{"kinds", "not there"}, {`{a,"b\`}, {"KINDS"}, {""}, {strings.Repeat("x", 100)},
		} {
			_, err := catalog.Load(context.Background(), db, missing...)
			want := fmt.Sprintf("there is no schema %q", missing[len(missing)-1])
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v", missing, err)
			}
		}

		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		for path, want := range map[string]int{
			`'not there', "Odd ""Schema", kinds`: odd, `kinds, pg_catalog`: kinds,
		} {
			if _, err := tx.Exec("SET LOCAL search_path = " + path); err != nil {
				t.Fatal(err)
			}
			if got := len(load(t, tx).Current().Routines()); got != want {
				t.Errorf("with the path %s there are %d routines, want %d", path, got, want)
			}
		}
		if _, err := tx.Exec("SET LOCAL search_path = ''"); err != nil {
			t.Fatal(err)
		}
		if _, err := catalog.Load(context.Background(), tx); err == nil ||
			!strings.Contains(err.Error(), "there is no current schema") {
			t.Errorf("without a current schema: %v", err)
		}
	})
}

// TestCatalogIsTheSameOverEveryProtocol loads through every variant of the protocol that the
// drivers speak, those for PgBouncer included.
func TestCatalogIsTheSameOverEveryProtocol(t *testing.T) {
	want := ""
	const mode = "default_query_exec_mode"
	for _, test := range []struct{ driver, parameter, value string }{
		{"postgres", "binary_parameters", "no"},
		{"postgres", "binary_parameters", "yes"},
		{"pgx", mode, "cache_statement"},
		{"pgx", mode, "cache_describe"},
		{"pgx", mode, "describe_exec"},
		{"pgx", mode, "exec"},
		{"pgx", mode, "simple_protocol"},
	} {
		uri, err := url.Parse(pgtest.URI(t))
		if err != nil {
			t.Fatal(err)
		}
		parameters := uri.Query()
		parameters.Set(test.parameter, test.value)
		uri.RawQuery = parameters.Encode()
		db := open(t, test.driver, uri.String())
		var b strings.Builder
		for _, r := range load(t, db, "pg_catalog", "information_schema").Current().Routines() {
			fmt.Fprintln(&b, r, r.Kind, r.Volatility, r.Strict, r.Result, r.Comment)
		}
		if want == "" {
			want = b.String()
		}
		if got := b.String(); got != want || len(got) < 100_000 {
			t.Errorf("%v: %d bytes, want %d", test, len(got), len(want))
		}
	}
}

// TestCatalogReloadKeepsOldSnapshotOnFailure changes, renames and restores a schema: a failed
// reload leaves what was loaded before.
func TestCatalogReloadKeepsOldSnapshotOnFailure(t *testing.T) {
	catalogDrivers(t, func(t *testing.T, db *sql.DB) {
		ctx := context.Background()
		cat := load(t, db, "kinds")
		before := cat.Current()
		setUp(t, db, "DROP FUNCTION kinds.overloaded(int)",
			"CREATE FUNCTION kinds.overloaded(a float8) RETURNS int LANGUAGE sql AS 'SELECT 1'",
			"DROP FUNCTION kinds.scalar(int, text)",
			"CREATE FUNCTION kinds.added() RETURNS int LANGUAGE sql AS 'SELECT 1'")
		if cat.Current() != before || len(before.Named("scalar")) != 1 {
			t.Error("the catalog has changed without a reload")
		}
		if err := cat.Reload(ctx); err != nil {
			t.Fatal(err)
		}
		after := cat.Current()
		if len(after.Named("scalar")) != 0 || len(after.Named("added")) != 1 ||
			len(before.Named("scalar")) != 1 ||
			after.Named("overloaded")[1].Params[0].Type.Name != "float8" {
			t.Errorf("after the reload: %v", after.Routines())
		}

		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		if err := cat.Reload(cancelled); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		setUp(t, db, "ALTER SCHEMA kinds RENAME TO elsewhere")
		if err := cat.Reload(ctx); err == nil ||
			!strings.Contains(err.Error(), `stay as they were: there is no schema "kinds"`) {
			t.Errorf("without the schema: %v", err)
		}
		if cat.Current() != after {
			t.Error("a failed reload changed it")
		}
		setUp(t, db, "ALTER SCHEMA elsewhere RENAME TO kinds")
		if err := cat.Reload(ctx); err != nil || len(cat.Current().Routines()) != len(after.Routines()) {
			t.Errorf("with the schema: %v", err)
		}
	})
}

// TestCatalogReloadIsAtomicDuringMigrations reloads while migrations replace a type and its
// function. Every reload sees them as they are between two transactions, and every concurrent
// lookup sees a whole catalog.
func TestCatalogReloadIsAtomicDuringMigrations(t *testing.T) {
	catalogDrivers(t, func(t *testing.T, db *sql.DB) {
		ctx, cancel := context.WithCancel(context.Background())
		versions := [][]string{
			{"DROP FUNCTION IF EXISTS kinds.changing", "DROP TYPE IF EXISTS kinds.change",
				"CREATE TYPE kinds.change AS (a int, b mood)",
				`CREATE FUNCTION kinds.changing(a int, b kinds.change) RETURNS kinds.change LANGUAGE sql
					AS 'SELECT b'`},
			{"DROP FUNCTION kinds.changing", "DROP TYPE kinds.change",
				"CREATE TYPE kinds.change AS ENUM ('c')",
				`CREATE FUNCTION kinds.changing(c kinds.change[]) RETURNS SETOF kinds.change LANGUAGE sql
					AS 'SELECT c[1]'`},
		}
		migrate := func(version []string) error {
			tx, err := db.Begin()
			if err != nil {
				return err
			}
			defer tx.Rollback()
			for _, s := range append([]string{"SET LOCAL search_path = kinds"}, version...) {
				if _, err := tx.Exec(s); err != nil {
					return fmt.Errorf("%s: %w", s, err)
				}
			}
			return tx.Commit()
		}
		seen := map[string]bool{}
		var cat *catalog.Catalog
		caller := connAs(t, db, "kinds_caller") // no superuser, for whom no rights are looked up
		for _, version := range versions {
			if err := migrate(version); err != nil {
				t.Fatal(err)
			}
			cat = load(t, caller, "kinds")
			seen[cat.Current().Named("changing")[0].String()] = true
		}

		var wait sync.WaitGroup
		run := func(step func(i int) error) {
			wait.Add(1)
			go func() {
				defer wait.Done()
				for i := 0; ctx.Err() == nil; i++ {
					if err := step(i); err != nil {
						t.Error(err)
						return
					}
				}
			}()
		}
		run(func(i int) error { return migrate(versions[i%2]) })
		for range 4 {
			run(func(int) error {
				s := cat.Current()
				if found := s.Named("changing"); len(found) != 1 || !seen[found[0].String()] {
					return fmt.Errorf("neither version: %s", found)
				}
				runtime.Gosched()
				return nil
			})
		}
		got := map[string]int{}
		for range 100 {
			if err := cat.Reload(ctx); err != nil {
				t.Error(err)
				break
			}
			found := cat.Current().Named("changing")
			if len(found) != 1 {
				t.Errorf("after a reload: %v", found)
				break
			}
			got[fmt.Sprint(found[0], found[0].Result)]++
		}
		cancel()
		wait.Wait()
		if len(got) != 2 {
			t.Errorf("want both versions: %v", got)
		}
	})
}

// tenThousand creates 10,000 commented functions of five parameters. A tenth return columns,
// another tenth composites.
var tenThousand = []string{
	`CREATE SCHEMA many`,
	`SET check_function_bodies = off`,
	`DO $$ BEGIN
		FOR i IN 1..100 LOOP
			EXECUTE format('CREATE TABLE many.t%s (id int, name text, price numeric, tags text[])', i);
		END LOOP;
		FOR i IN 1..10000 LOOP
			EXECUTE format('CREATE FUNCTION many.function_number_%s(id int, name text,
				at timestamptz, tags text[] DEFAULT NULL, "limit" int DEFAULT 10) %s
				LANGUAGE sql STABLE AS ''SELECT NULL, NULL, NULL, NULL''', i,
				CASE i % 10 WHEN 0 THEN 'RETURNS TABLE (id int, title text, price numeric, at date)'
				WHEN 1 THEN 'RETURNS SETOF many.t' || i % 100 + 1 ELSE 'RETURNS SETOF record' END);
			EXECUTE format('COMMENT ON FUNCTION many.function_number_%s
				IS ''What the function number %s does, in a sentence.''', i, i);
		END LOOP;
	END $$`,
	`RESET check_function_bodies`,
}

// TestCatalogLoadsTenThousandFunctions logs the time and the memory that 10,000 functions take.
func TestCatalogLoadsTenThousandFunctions(t *testing.T) {
	if testing.Short() {
		t.Skip("10,000 functions")
	}
	ownDatabases(t, tenThousand, func(t *testing.T, db *sql.DB) {
		var took []time.Duration
		for range racetest.Sized(5, 1) {
			start := time.Now()
			load(t, db, "many")
			took = append(took, time.Since(start))
		}
		before := heap()
		cat := load(t, db, "many")
		held := heap() - before
		s := cat.Current()
		if len(s.Routines()) != 10_000 || len(s.Named("function_number_10")[0].Result.Columns) != 4 ||
			len(s.Named("function_number_11")[0].Result.Columns) != 4 {
			t.Errorf("%d routines", len(s.Routines()))
		}
		t.Logf("10,000 functions with 50,000 parameters load in %v (slowest %v) and hold %d bytes each",
			slices.Min(took), slices.Max(took), held/10_000)
		if n := testing.AllocsPerRun(100, func() { s.Named("function_number_5000") }); n != 0 {
			t.Errorf("a lookup allocates %v times", n)
		}
		runtime.KeepAlive(cat)
	})
}

// heap returns the bytes of the heap that are in use.
func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC() // collects what finalizers have held
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
