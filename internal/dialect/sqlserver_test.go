package dialect

import (
	"reflect"
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/filter"
)

// sqlServerCars is a result of a table-valued function.
func sqlServerCars() Inner {
	return Inner{Query: "SELECT * FROM dbo.cars(@p1)", Values: 1, Columns: []catalog.Column{
		{Name: "id", Type: &catalog.Type{Name: "INT"}}, {Name: "odd]name"},
	}}
}

func TestSQLServerFiltersAreItsOwnSyntax(t *testing.T) {
	for _, c := range []struct {
		pair  filter.Pair
		where string
		extra []any
	}{
		{filter.Pair{Name: "id", Value: "gte.5"}, "t.[id] >= @p2", []any{"5"}},
		{filter.Pair{Name: `"odd]name"`, Value: "eq.x"}, "t.[odd]]name] = @p2", []any{"x"}},
		{filter.Pair{Name: "id", Value: "in.(1,2)"}, "t.[id] IN (@p2, @p3)", []any{"1", "2"}},
		{filter.Pair{Name: "id", Value: "in.()"}, "1 = 0", nil},
		{filter.Pair{Name: "id", Value: "is.null"}, "t.[id] IS NULL", nil},
		{filter.Pair{Name: "id", Value: "not.is.null"}, "NOT (t.[id] IS NULL)", nil},
		{filter.Pair{Name: "id", Value: "is.true"}, "t.[id] = 1", nil},
		{filter.Pair{Name: "id", Value: "is.false"}, "t.[id] = 0", nil},
		{filter.Pair{Name: "id", Value: "is.unknown"}, "t.[id] IS NULL", nil},
		{
			filter.Pair{Name: "id", Value: "isdistinct.5"},
			"NOT EXISTS (SELECT t.[id] INTERSECT SELECT @p2)", []any{"5"},
		},
		{
			filter.Pair{Name: "id", Value: `like.a*[b]\[`},
			"CONVERT(nvarchar(max), t.[id]) COLLATE Latin1_General_100_BIN2 LIKE @p2 ESCAPE '\\'",
			[]any{`a%\[b]\[`},
		},
		{
			filter.Pair{Name: "id", Value: "ilike.a_"},
			"CONVERT(nvarchar(max), t.[id]) COLLATE Latin1_General_100_CI_AS LIKE @p2 ESCAPE '\\'",
			[]any{"a_"},
		},
		{
			filter.Pair{Name: "or", Value: "(id.lt.1,id.gt.5)"},
			"(t.[id] < @p2 OR t.[id] > @p3)", []any{"1", "5"},
		},
	} {
		q, err := filter.Parse([]filter.Pair{c.pair})
		if err != nil {
			t.Fatal(err)
		}
		s, err := SQLServer.Select(sqlServerCars(), q, Meta{})
		want := "SELECT t.[id], t.[odd]]name] FROM (SELECT * FROM dbo.cars(@p1)) AS t WHERE " + c.where
		if err != nil || s.Query != want || !reflect.DeepEqual(s.Extra, c.extra) {
			t.Errorf("%s=%s: %s %q, %v", c.pair.Name, c.pair.Value, s.Query, s.Extra, err)
		}
	}
}

func TestSQLServerPagesHaveAnOrder(t *testing.T) {
	for _, c := range []struct {
		query string
		want  string // what follows the inner statement
		extra []any
	}{
		{"order=id", " ORDER BY t.[id]", nil},
		{
			"limit=10", " ORDER BY (SELECT NULL) OFFSET @p2 ROWS FETCH NEXT @p3 ROWS ONLY",
			[]any{int64(0), int64(10)},
		},
		{"offset=5", " ORDER BY (SELECT NULL) OFFSET @p2 ROWS", []any{int64(5)}},
		{
			"limit=0&offset=5", " ORDER BY (SELECT NULL) OFFSET @p2 ROWS FETCH NEXT @p3 ROWS ONLY",
			[]any{int64(1<<62 - 1), int64(1)}, // FETCH NEXT 0 is an error
		},
		{
			"order=id.desc&limit=1", " ORDER BY t.[id] DESC OFFSET @p2 ROWS FETCH NEXT @p3 ROWS ONLY",
			[]any{int64(0), int64(1)},
		},
		{
			"order=id.nullsfirst", " ORDER BY CASE WHEN t.[id] IS NULL THEN 0 ELSE 1 END, t.[id]", nil,
		},
		{
			"order=id.desc.nullslast",
			" ORDER BY CASE WHEN t.[id] IS NULL THEN 0 ELSE 1 END DESC, t.[id] DESC", nil,
		},
	} {
		var pairs []filter.Pair
		for part := range strings.SplitSeq(c.query, "&") {
			name, value, _ := strings.Cut(part, "=")
			pairs = append(pairs, filter.Pair{Name: name, Value: value})
		}
		q, err := filter.Parse(pairs)
		if err != nil {
			t.Fatal(err)
		}
		s, err := SQLServer.Select(sqlServerCars(), q, Meta{})
		_, got, _ := strings.Cut(s.Query, " AS t")
		if err != nil || got != c.want || !reflect.DeepEqual(s.Extra, c.extra) {
			t.Errorf("%s: %s %v, %v", c.query, got, s.Extra, err)
		}
	}
}

func TestSQLServerCountsInOnePass(t *testing.T) {
	limit := int64(2)
	s, err := SQLServer.Select(sqlServerCars(), &filter.Query{Limit: &limit}, Meta{Count: true})
	want := "SELECT coalesce(p.n, 0), CASE WHEN p.k > @p2 THEN 1 END, p.[id], p.[odd]]name] " +
		"FROM (SELECT 1 AS c) AS c LEFT JOIN (SELECT t.*, count(*) OVER () AS n, " +
		"row_number() OVER ( ORDER BY (SELECT NULL)) AS k FROM (SELECT * FROM dbo.cars(@p1)) AS t) " +
		"AS p ON p.k > @p3 AND p.k <= @p4 OR p.k = 1 AND p.n <= @p5 ORDER BY p.k"
	if err != nil || s.Query != want || s.Meta != 2 {
		t.Errorf("got %s, %v", s.Query, err)
	}
}
