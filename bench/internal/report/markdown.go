package report

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Markdown writes the environment.
func (e Environment) Markdown(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s, %s, %s, %d CPUs; "+
		"PostgreSQL %s on the same machine; pools of %d connections.\n\n",
		e.Go, e.Platform, e.CPU, e.CPUs, e.PostgreSQL, e.PoolSize)
	for _, m := range e.Modules {
		fmt.Fprintf(&b, "- %s %s\n", m.Path, m.Version)
	}
	fmt.Fprintf(&b, "\n%s. Ratios are those of the medians.\n", e.Rounds)
	_, err := w.Write(b.Bytes())
	return err
}

// Markdown writes the table, followed by notes on results that are not exact.
func (t *Table) Markdown(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\n## %s: %s\n\n", t.Workload, t.Title)
	if t.About != "" {
		fmt.Fprintf(&b, "%s\n\n", t.About)
	}
	columns := t.columns()
	heads, rules := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		heads[i], rules[i] = c.head, "---"
		if c.number {
			rules[i] = "---:"
		}
	}
	line(&b, heads)
	line(&b, rules)
	for _, f := range t.Figures {
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = c.cell(f)
		}
		line(&b, cells)
	}
	for i, note := range t.notes() {
		if i == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%d. %s\n", i+1, note)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func line(b *bytes.Buffer, cells []string) {
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}

// A column is a column of the written table.
type column struct {
	head   string
	number bool
	cell   func(*Figure) string
}

// columns returns the columns that are not empty.
func (t *Table) columns() []column {
	all := []column{{"contender", false, func(f *Figure) string { return f.Name }}}
	add := func(head string, number bool, has func(*Figure) bool, cell func(*Figure) string) {
		for _, f := range t.Figures {
			if has(f) {
				all = append(all, column{head, number, cell})
				return
			}
		}
	}
	always := func(*Figure) bool { return true }
	add("JSON", false,
		func(f *Figure) bool { return f.JSON != "" },
		func(f *Figure) string { return f.JSON })
	add("driver", false,
		func(f *Figure) bool { return f.Driver != "" },
		func(f *Figure) string { return f.Driver })
	add(t.Variant, true,
		func(*Figure) bool { return t.Variant != "" },
		func(f *Figure) string { return grouped(f.Variant) })
	add(t.Unit.head(), true, always, func(f *Figure) string { return t.Unit.format(f.Median) })
	add("spread", true, always, func(f *Figure) string {
		return t.Unit.format(f.Least) + "–" + t.Unit.format(f.Most)
	})
	add("× "+t.Base, true, func(f *Figure) bool { return f.Ratio != nil }, func(f *Figure) string {
		if f.Ratio == nil {
			return ""
		}
		return fmt.Sprintf("%.2f", f.Ratio.OfMedians)
	})
	add("CPU ms", true, func(f *Figure) bool { return f.CPU != nil }, func(f *Figure) string {
		if f.CPU == nil {
			return ""
		}
		return Seconds.format(f.CPU.Median())
	})
	add("MB/s", true, func(f *Figure) bool { return f.Output > 0 }, func(f *Figure) string {
		if f.Output == 0 {
			return ""
		}
		return fmt.Sprintf("%.0f", float64(f.Output)/1e6/f.Median)
	})
	notes := t.notes()
	add("exact", false, func(f *Figure) bool { return f.Compared }, func(f *Figure) string {
		switch {
		case !f.Compared:
			return ""
		case f.Difference == "":
			return "exact"
		}
		for i, note := range notes {
			if note == f.Difference {
				return fmt.Sprintf("not exact (%d)", i+1)
			}
		}
		return "not exact"
	})
	return all
}

// notes returns the distinct differences.
func (t *Table) notes() []string {
	var notes []string
	seen := map[string]bool{"": true}
	for _, f := range t.Figures {
		if !seen[f.Difference] {
			seen[f.Difference] = true
			notes = append(notes, f.Difference)
		}
	}
	return notes
}

// head returns the heading of a column of medians.
func (u Unit) head() string {
	switch u {
	case Seconds:
		return "ms"
	case Bytes:
		return "MiB"
	}
	return string(u)
}

// format returns a figure as the tables show it.
func (u Unit) format(v float64) string {
	switch u {
	case Seconds:
		return significant(v * 1e3)
	case PerSecond:
		return grouped(int(math.Round(v)))
	case Bytes:
		return fmt.Sprintf("%.1f", v/(1<<20))
	}
	return fmt.Sprintf("%.4f", v)
}

// significant returns a number with at least three digits, and all digits before the point.
func significant(v float64) string {
	return strconv.FormatFloat(v, 'f', max(0, 2-int(math.Floor(math.Log10(max(v, 1e-3))))), 64)
}

// grouped returns a number such as 1,000,000.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// Targets writes the table of the targets.
func Targets(w io.Writer, targets []Target) error {
	if len(targets) == 0 {
		return nil
	}
	var b bytes.Buffer
	b.WriteString("\n## Targets\n\n| target | limit | measured | |\n| --- | ---: | ---: | --- |\n")
	for _, t := range targets {
		word := "missed"
		if t.Met {
			word = "met"
		}
		line(&b, []string{t.Name, t.Limit, fmt.Sprintf("%.3f", t.Measured), word})
	}
	_, err := w.Write(b.Bytes())
	return err
}
