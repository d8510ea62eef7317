package call

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
)

const (
	separator = " │ "
	narrowest = 8 // of a column whose values are cut
)

// draw draws the rows that have been read since the last time.
func (t *table) draw() error {
	if len(t.rows) == 0 {
		return nil
	}
	t.measure()
	if t.drawn == 0 {
		t.records = !t.shrink(slices.Clone(t.widths))
	}
	var err error
	if t.records {
		err = t.drawRecords(true)
	} else {
		err = t.drawLines()
	}
	t.drawn += len(t.rows)
	t.rows, t.bytes = t.rows[:0], 0
	return err
}

// measure widens the columns to the rows.
func (t *table) measure() {
	if t.widths == nil {
		t.numeric = slices.Repeat([]bool{true}, len(t.names))
		for _, name := range t.names {
			t.widths = append(t.widths, runewidth.StringWidth(name))
		}
	}
	for _, row := range t.rows {
		for i, c := range row {
			t.widths[i] = max(t.widths[i], c.width)
			if t.drawn == 0 {
				t.numeric[i] = t.numeric[i] && (c.kind == 0 || c.kind == 'n')
			}
		}
	}
}

// shrink makes the widest columns narrower until a line has room on the terminal, and reports
// whether it has.
func (t *table) shrink(widths []int) bool {
	total := (len(widths) - 1) * runewidth.StringWidth(separator)
	for _, width := range widths {
		total += width
	}
	for excess := total - t.width; t.width > 0 && excess > 0; excess-- {
		widest := 0
		for i, width := range widths {
			if width > widths[widest] {
				widest = i
			}
		}
		if len(widths) == 0 || widths[widest] <= narrowest {
			return false
		}
		widths[widest]--
	}
	return true
}

func (t *table) drawLines() error {
	widths := slices.Clone(t.widths)
	t.shrink(widths)
	if t.drawn == 0 {
		var names, rule []string
		for i, name := range t.names {
			text, space := cut(name, widths[i])
			names = append(names, t.bold(text)+space)
			rule = append(rule, strings.Repeat("─", widths[i]))
		}
		t.line(names)
		fmt.Fprintln(t.w, strings.Join(rule, "─┼─"))
	}
	for _, row := range t.rows {
		cells := make([]string, len(row))
		for i, c := range row {
			text, space := cut(c.text, widths[i])
			if cells[i] = t.painted(text, c.kind) + space; t.numeric[i] {
				cells[i] = space + t.painted(text, c.kind)
			}
		}
		t.line(cells)
	}
	return nil
}

// line writes the cells of a line. Nothing follows the last one.
func (t *table) line(cells []string) {
	fmt.Fprintln(t.w, strings.TrimRight(strings.Join(cells, separator), " "))
}

// cut returns a text that has room in a width, cut with an ellipsis if it is longer, and the spaces
// that fill the width.
func cut(text string, width int) (cut, space string) {
	if runewidth.StringWidth(text) > width {
		text = runewidth.Truncate(text, width, "…")
	}
	return text, strings.Repeat(" ", max(width-runewidth.StringWidth(text), 0))
}

// drawRecords draws one column a line, and whole values.
func (t *table) drawRecords(numbered bool) error {
	widest := 0
	for _, name := range t.names {
		widest = max(widest, runewidth.StringWidth(name))
	}
	for i, row := range t.rows {
		if numbered {
			fmt.Fprintf(t.w, "── %d ──\n", t.drawn+i+1)
		}
		for j, c := range row {
			name, space := cut(t.names[j], widest)
			t.line([]string{t.bold(name) + space, t.painted(c.text, c.kind)})
		}
	}
	return nil
}

func (out *Output) bold(text string) string { return out.styled("1", text) }

// painted returns the text of a value. NULL is dim.
func (out *Output) painted(text string, kind byte) string {
	if kind == 'n' {
		return out.styled("2", text)
	}
	return text
}

func (out *Output) styled(style, text string) string {
	if !out.colour {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}
