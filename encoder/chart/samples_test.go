package chart_test

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/moresql/moresql/row"
)

// A sample is a result whose picture is in testdata, to be looked at.
type sample struct {
	name, title string
	columns     []row.Column
	rows        [][]any
}

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// column returns a column of a kind.
func column(name string, kind row.Kind) row.Column { return row.Column{Name: name, Kind: kind} }

// numbered returns n columns of numbers after one of a kind.
func numbered(first row.Column, n int) []row.Column {
	columns := []row.Column{first}
	for i := range n {
		columns = append(columns, column(fmt.Sprintf("series %d", i+1), row.Float64))
	}
	return columns
}

// waves returns rows of n sines, months apart.
func waves(months, n int) (rows [][]any) {
	for m := range months {
		r := []any{day(2020, time.Month(1+m), 1)}
		for i := range n {
			r = append(r, math.Round(100*float64(i)+40*math.Sin(float64(m)/4+float64(i)))/10)
		}
		rows = append(rows, r)
	}
	return rows
}

var samples = []sample{
	{
		name: "months", title: "Sales by month",
		columns: []row.Column{
			column("month", row.Date), column("online", row.Numeric), column("shops", row.Numeric),
		},
		rows: [][]any{
			{day(2025, 7, 1), "1250000.50", "2100000"}, {day(2025, 8, 1), "1310000", "2050000"},
			{day(2025, 9, 1), "1280000", "2075000.25"}, {day(2025, 10, 1), nil, "1990000"},
			{day(2025, 11, 1), "1620000", "2240000"}, {day(2025, 12, 1), "1990000", "2610000"},
			{day(2026, 1, 1), "1405000", nil}, {day(2026, 2, 1), "1398000", nil},
			{day(2026, 3, 1), "1500000", "1870000"},
		},
	},
	{
		name: "words", title: "Cars by make",
		columns: []row.Column{column("make", row.Text), column("price", row.Numeric)},
		rows: [][]any{
			{"Citroën", "12990.00"}, {"Škoda", "18450.10"}, {"本田技研工業", "21300"},
			{"Волга", "7000.5"},
			{"🚗 Emoji Motors", "999.99"}, {"<script>alert(1)</script>", "1e2"}, {nil, "5000"},
			{strings.Repeat("a very long name of a make ", 20), "15000"},
		},
	},
	{
		name: "groups", title: "Profit and loss, in million euros",
		columns: []row.Column{
			column("region", row.Text), column("2024", row.Float64), column("2025", row.Float64),
		},
		rows: [][]any{
			{"North", 4.5, 5.25}, {"East", -2.25, 1.5}, {"South", 0.0, nil}, {"West", -7.75, -1.125},
		},
	},
	{
		name: "numbers", title: "Braking distance",
		columns: []row.Column{column("speed (km/h)", row.Int), column("metres", row.Float64)},
		rows: [][]any{
			{int64(50), 12.5}, {int64(30), 4.5}, {int64(100), 50.0}, {int64(130), 84.5}, {int64(80), 32.0},
		},
	},
	{
		name: "seconds", title: "Requests in flight",
		columns: []row.Column{column("at", row.TimestampTZ), column("requests", row.Int)},
		rows: func() (rows [][]any) {
			zone := time.FixedZone("", 2*3600)
			for i := range 240 {
				at := time.Date(2026, 6, 30, 23, 59, 0, 0, zone).Add(time.Duration(i) * 500 * time.Millisecond)
				rows = append(rows, []any{at, int64(50 + i%17 - i%5)})
			}
			return rows
		}(),
	},
	{
		name: "clock", title: "Visitors by time of day",
		columns: []row.Column{column("time", row.Time), column("visitors", row.Int)},
		rows: [][]any{
			{"06:00:00", int64(2)}, {"09:30:00", int64(40)}, {"12:00:00", int64(85)},
			{"18:15:00", int64(60)}, {"24:00:00", int64(1)},
		},
	},
	{
		name: "ancient", title: "Before Christ",
		columns: []row.Column{column("day", row.Date), column("legions", row.Int)},
		rows: [][]any{
			{day(-57, 1, 1), int64(6)}, {day(-48, 8, 9), int64(22)}, {day(-43, 3, 15), int64(37)},
			{day(14, 8, 19), int64(25)}, {"infinity", int64(99)},
		},
	},
	{
		name: "many", title: "Twenty series under a title that goes on and on and has no end, as " +
			"titles that come from a comment may well do",
		columns: numbered(column("month", row.Date), 20), rows: waves(60, 20),
	},
	{
		name: "huge", title: "As large and as small as float8",
		columns: []row.Column{column("n", row.Int), column("value", row.Float64)},
		rows: [][]any{
			{int64(1), 1e300}, {int64(2), -1.7e308}, {int64(3), math.NaN()}, {int64(4), 1.7e308},
			{int64(5), math.Inf(1)}, {int64(6), 5e-324}, {int64(7), -1e300},
		},
	},
	{
		name: "tiny", title: "Smallest numbers",
		columns: []row.Column{column("n", row.Int), column("value", row.Float64)},
		rows:    [][]any{{int64(1), 0.00000012}, {int64(2), 0.00000025}, {int64(3), 0.0000001}},
	},
	{
		name: "steady", title: "One value, again and again",
		columns: []row.Column{column("day", row.Date), column("value", row.Numeric)},
		rows: [][]any{
			{day(2026, 2, 26), "0.1"}, {day(2026, 2, 27), "0.1"}, {day(2026, 3, 2), "0.1"},
		},
	},
	{
		name: "moment", title: "Within a second",
		columns: []row.Column{column("at", row.Timestamp), column("value", row.Int)},
		rows: [][]any{
			{nil, int64(7)}, {day(2026, 1, 2).Add(100 * time.Millisecond), int64(1)},
			{day(2026, 1, 2).Add(900 * time.Millisecond), int64(3)},
		},
	},
	{
		name: "one", title: "One row",
		columns: []row.Column{
			column("day", row.Date), column("a", row.Int), column("b", row.Int),
		},
		rows: [][]any{{day(2026, 2, 26), int64(-3), int64(12)}},
	},
	{
		name: "none", title: "No rows",
		columns: []row.Column{column("day", row.Date), column("a", row.Int)},
	},
}
