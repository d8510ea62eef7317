package call

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/moresql/moresql/catalog"
)

// PrintList prints routines with the first lines of their comments.
func PrintList(w io.Writer, list []Listed) error {
	var lines [][]string
	for _, l := range list {
		lines = append(lines, []string{Visible(l.Name), Visible(l.Comment)})
	}
	out := bufio.NewWriter(w)
	printAligned(out, lines)
	return out.Flush()
}

// Help prints what a catalog says of the overloads of a routine: comment, arguments and result.
func Help(w io.Writer, overloads []catalog.Routine) error {
	out := bufio.NewWriter(w)
	for i := range overloads {
		if i > 0 {
			fmt.Fprintln(out)
		}
		help(out, &overloads[i])
	}
	return out.Flush()
}

func help(w io.Writer, r *catalog.Routine) {
	usage := []string{"moresql call", Visible(r.Name)}
	var lines [][]string
	for _, p := range r.Params {
		if p.Mode == catalog.Out {
			continue
		}
		name, need := Visible(p.Name), "required"
		if p.Name == "" {
			name = "-"
		}
		word := name + "=…"
		switch {
		case p.Name == "":
			word = "-"
		case p.DefaultSQL != "":
			need, word = "default "+p.DefaultSQL, "["+word+"]"
		case p.Default:
			need, word = "optional", "["+word+"]"
		}
		kind := p.Type.String()
		if p.Mode == catalog.Variadic {
			kind = "one or more of " + kind
		}
		if labels := p.Type.Underlying(); labels != nil && len(labels.Labels) > 0 {
			need += ": " + strings.Join(labels.Labels, ", ")
		}
		usage = append(usage, word)
		lines = append(lines, []string{name, Visible(kind), Visible(need)})
	}
	fmt.Fprintln(w, strings.Join(usage, " "))
	if r.Comment != "" {
		fmt.Fprintln(w)
		for line := range strings.SplitSeq(r.Comment, "\n") {
			fmt.Fprintln(w, strings.TrimRight("  "+Visible(line), " "))
		}
	}
	if len(lines) > 0 {
		fmt.Fprint(w, "\nArguments:\n\n")
		printAligned(w, lines)
	}
	fmt.Fprintf(w, "\nIt is a %s%s and returns %s.\n", adjective(r),
		strings.ToLower(r.Kind.String()), Visible(result(r)))
}

func adjective(r *catalog.Routine) string {
	if r.Kind == catalog.Function {
		return strings.ToLower(r.Volatility.String()) + " "
	}
	return ""
}

// result says what a routine returns.
func result(r *catalog.Routine) string {
	var columns []string
	for _, c := range r.Result.Columns {
		columns = append(columns, strings.TrimSpace(c.Name+" "+c.Type.String()))
	}
	t := r.Result.Type.String()
	switch list := strings.Join(columns, ", "); {
	case r.Result.Set && list != "":
		return "rows of " + list
	case list != "":
		return "one row of " + list
	case r.Result.Set:
		return "rows of " + t
	case t == "" && r.Kind == catalog.Procedure, t == "void":
		return "nothing that is declared"
	case t == "":
		return "rows"
	}
	return t
}

// printAligned prints lines of as many columns, of which those without any text are left out.
func printAligned(w io.Writer, lines [][]string) {
	widths := map[int]int{}
	for _, line := range lines {
		for i, text := range line {
			widths[i] = max(widths[i], runewidth.StringWidth(text))
		}
	}
	for _, line := range lines {
		var b strings.Builder
		for i, text := range line {
			if widths[i] > 0 {
				text, space := cut(text, widths[i])
				b.WriteString("  " + text + space)
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}
