package workload

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/bench/internal/contender"
	"github.com/moresql/moresql/bench/internal/database"
	"github.com/moresql/moresql/bench/internal/dataset"
	"github.com/moresql/moresql/bench/internal/measure"
	"github.com/moresql/moresql/bench/internal/report"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest"
)

// The names of the tables of W10.
const (
	ReadTable   = "W10 read"
	EmbedTable  = "W10 embedded"
	InsertTable = "W10 insert"
)

// The contenders of W10.
const (
	overTable = "moresql, table"
	nPlusOne  = "moresql, table, a request for each parent"
	psqlCopy  = `psql \copy`
)

// children is how many rows are embedded in each.
const children = 10

// tables reads and writes tables, next to what comes to the same without them.
func tables(ctx context.Context, b *Bench) ([]*report.Table, error) {
	if err := dataset.MixedTable.Load(ctx, b.Pools.PQ, b.Scale.Mixed); err != nil {
		return nil, err
	}
	for _, statement := range []string{
		"DROP TABLE IF EXISTS parts, parents, inserted",
		"CREATE TABLE parents (id int PRIMARY KEY, name text)",
		"CREATE TABLE parts (parent int REFERENCES parents, n int, note text, PRIMARY KEY (parent, n))",
		fmt.Sprintf("INSERT INTO parents SELECT i, 'name ' || i FROM generate_series(1, %d) i",
			b.Scale.Parents),
		fmt.Sprintf("INSERT INTO parts SELECT id, n, 'note ' || n FROM parents, generate_series(1, %d) n",
			children),
		"CREATE TABLE inserted (id int PRIMARY KEY, name text, price numeric)", createParents,
	} {
		if _, err := b.Pools.PQ.ExecContext(ctx, statement); err != nil {
			return nil, err
		}
	}
	if _, err := b.Pools.PQ.ExecContext(ctx, "VACUUM (FREEZE, ANALYZE) parents, parts"); err != nil {
		return nil, err
	}
	cat, err := catalog.Load(ctx, b.Pools.PQ, "public")
	if err != nil {
		return nil, err
	}
	var all []*report.Table
	for _, run := range []func(context.Context, *Bench, *catalog.Catalog) (*report.Table, error){
		readTable, embedTable, insertTable,
	} {
		t, err := run(ctx, b, cat)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// A way is one way to do what a table of W10 measures.
type way struct {
	contender.ID
	measure func(context.Context) (float64, error) // seconds
}

// fill measures ways alternating, and sets their ratios to the base of their driver, or to the only
// one.
func (b *Bench) fill(ctx context.Context, t *report.Table, ways []way, base string) error {
	subjects := make([]measure.Subject, len(ways))
	for i, w := range ways {
		subjects[i] = measure.Subject{Name: w.String(), Measure: w.measure}
	}
	samples, err := b.interleave(ctx, t.Workload, b.Rounds, subjects)
	if err != nil {
		return err
	}
	for i, w := range ways {
		f := report.NewFigure(w.ID, 0, samples[i])
		f.Compared = true
		t.Figures = append(t.Figures, f)
	}
	for _, f := range t.Figures {
		for _, other := range t.Figures {
			if other.Name == base && (other.Driver == f.Driver || other.Driver == "") {
				f.Against(other)
			}
		}
	}
	return nil
}

// serving measures GET of a target.
func serving(h http.Handler, target string) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		r, err := measure.Serve(ctx, func(w http.ResponseWriter, r *http.Request) error {
			h.ServeHTTP(w, r)
			return nil
		}, target)
		if err != nil {
			return 0, err
		}
		return r.Took.Seconds(), nil
	}
}

// sameRows compares the rows of a handler with those of PostgreSQL.
func sameRows[T any](
	ctx context.Context, b *Bench, h http.Handler, target string, f dataset.Function[T], n int,
) error {
	want, err := wanted(ctx, b.Pools.PQ, f)
	if err != nil {
		return err
	}
	serve := func(w http.ResponseWriter, r *http.Request) error { h.ServeHTTP(w, r); return nil }
	d, err := compareRows(ctx, serve, target, want, n)
	if err == nil && d != nil {
		err = fmt.Errorf("%s: not exact: %v", target, d)
	}
	return err
}

// readTable reads W1's table, and the function that returns its rows.
func readTable(ctx context.Context, b *Bench, cat *catalog.Catalog) (*report.Table, error) {
	t := &report.Table{
		Workload: ReadTable, Title: fmt.Sprintf("%d rows of a table", b.Scale.Mixed),
		Unit: report.Seconds, Base: contender.RPC + ", of its driver",
		About: "The rows of W1 by `rest.Tables`, and by `rest.Routines` through a function.",
	}
	var ways []way
	for _, driver := range []string{database.PQ, database.PGX, database.Direct} {
		m := moresql.New(b.Pools.SQL(driver))
		byTable, byFunction := rest.Tables(m, cat), rest.Routines(m, cat)
		for target, h := range map[string]http.Handler{"/mixed": byTable, "/get_mixed": byFunction} {
			if err := sameRows(ctx, b, h, target, dataset.GetMixed, b.Scale.Mixed); err != nil {
				return nil, err
			}
		}
		ways = append(ways, way{own(contender.RPC, driver), serving(byFunction, "/get_mixed")},
			way{own(overTable, driver), serving(byTable, "/mixed")})
	}
	return t, b.fill(ctx, t, ways, contender.RPC)
}

// getParents returns what embedTable embeds, as one would write it by hand.
var getParents = dataset.Function[any]{Name: "get_parents"}

const createParents = `
CREATE OR REPLACE FUNCTION get_parents() RETURNS TABLE (id int, name text, parts json)
LANGUAGE sql STABLE AS $$ SELECT id, name, (SELECT json_agg(t) FROM
	(SELECT n, note FROM parts WHERE parent = parents.id) t) FROM parents $$`

// embedTable embeds the rows that refer to others in them.
func embedTable(ctx context.Context, b *Bench, cat *catalog.Catalog) (*report.Table, error) {
	t := &report.Table{
		Workload: EmbedTable, Unit: report.Seconds, Base: contender.Aggregated,
		Title: fmt.Sprintf("%d rows with %d embedded in each", b.Scale.Parents, children),
		About: "One request that embeds, a query by hand whose only value is the document, and a " +
			"request for the list and one more for each of its rows, without a network.",
	}
	h := rest.Tables(moresql.New(b.Pools.Direct), cat)
	const target = "/parents?select=id,name,parts(n,note)"
	byHand := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var doc []byte
		err := b.Pools.Direct.QueryRowContext(r.Context(), getParents.Aggregated()).Scan(&doc)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Write(doc)
	})
	if err := sameRows(ctx, b, h, target, getParents, b.Scale.Parents); err != nil {
		return nil, err
	}
	if err := sameRows(ctx, b, byHand, "/", getParents, b.Scale.Parents); err != nil {
		return nil, err
	}
	many := func(ctx context.Context) (seconds float64, err error) {
		seconds, err = serving(h, "/parents?select=id,name")(ctx)
		for id := 1; id <= b.Scale.Parents && err == nil; id++ {
			var more float64
			more, err = serving(h, fmt.Sprintf("/parts?select=n,note&parent=eq.%d", id))(ctx)
			seconds += more
		}
		return seconds, err
	}
	hand := contender.ID{Name: contender.Aggregated, JSON: contender.PostgreSQL}
	return t, b.fill(ctx, t, []way{
		{hand, serving(byHand, "/")},
		{own(overTable, database.Direct), serving(h, target)},
		{own(nPlusOne, database.Direct), many},
	}, contender.Aggregated)
}

// insertTable inserts rows of CSV.
func insertTable(ctx context.Context, b *Bench, cat *catalog.Catalog) (*report.Table, error) {
	var rows bytes.Buffer
	rows.WriteString("id,name,price\n")
	for i := range b.Scale.Inserts {
		fmt.Fprintf(&rows, "%d,name %d,%d.25\n", i, i, i)
	}
	t := &report.Table{
		Workload: InsertTable, Title: fmt.Sprintf("%d rows of CSV", b.Scale.Inserts),
		Unit: report.Seconds, Base: psqlCopy,
		About: "One POST to a table that is empty, next to the client of PostgreSQL, which starts and " +
			"connects for it.",
	}
	var ways []way
	if psql := findClient("psql"); psql != "" {
		insert := func(ctx context.Context) error { return copyIn(ctx, psql, b.URI, rows.Bytes()) }
		ways = append(ways, way{contender.ID{Name: psqlCopy}, b.inserting(insert)})
	}
	for _, driver := range []string{database.PQ, database.Direct} {
		h := rest.Tables(moresql.New(b.Pools.SQL(driver)), cat, moresql.Limits{Body: 1 << 30})
		ways = append(ways, way{own(overTable, driver), b.inserting(func(ctx context.Context) error {
			r := httptest.NewRequestWithContext(ctx, "POST", "/inserted", bytes.NewReader(rows.Bytes()))
			r.Header.Set("Content-Type", "text/csv")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusCreated {
				return fmt.Errorf("%d %s", w.Code, w.Body)
			}
			return nil
		})})
	}
	return t, b.fill(ctx, t, ways, psqlCopy)
}

// inserting measures insert, into a table that is empty before, and counts its rows.
func (b *Bench) inserting(
	insert func(context.Context) error,
) func(context.Context) (float64, error) {
	return func(ctx context.Context) (float64, error) {
		if _, err := b.Pools.PQ.ExecContext(ctx, "TRUNCATE inserted"); err != nil {
			return 0, err
		}
		start, n := time.Now(), 0
		if err := insert(ctx); err != nil {
			return 0, err
		}
		took := time.Since(start).Seconds()
		err := b.Pools.PQ.QueryRowContext(ctx, "SELECT count(*) FROM inserted").Scan(&n)
		if err == nil && n != b.Scale.Inserts {
			err = fmt.Errorf("%d rows of %d are inserted", n, b.Scale.Inserts)
		}
		return took, err
	}
}

// copyIn has psql insert CSV.
func copyIn(ctx context.Context, psql, uri string, rows []byte) error {
	command := exec.CommandContext(ctx, psql, "-qX", "-d", uri,
		"-c", `\copy inserted from pstdin with (format csv, header)`)
	command.Stdin = bytes.NewReader(rows)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
