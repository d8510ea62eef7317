package chart

import (
	"fmt"
	"strings"
)

// A style is how shapes and texts of one class are drawn: by the style sheet of an SVG, and by its
// light colours in a PNG. Sizes are in units of the drawing.
type style struct {
	class       string
	light, dark string  // colours, in hexadecimal digits
	size        float64 // of text
	bold        bool
	stroke      float64 // the width of a line; 0 for what is filled
}

var (
	paper   = style{class: "paper", light: "ffffff", dark: "1b1b1b"}
	heading = style{class: "heading", light: "111111", dark: "f5f5f5", size: 36, bold: true}
	naming  = style{class: "naming", light: "444444", dark: "cccccc", size: 26}
	labels  = style{class: "labels", light: "555555", dark: "bbbbbb", size: 24}
	grid    = style{class: "grid", light: "dedede", dark: "3a3a3a", stroke: 2}
	base    = style{class: "base", light: "777777", dark: "999999", stroke: 2}
)

// colours are those of Okabe and Ito that stand out from paper, which readers who do not see some
// colours can tell apart (https://jfly.uni-koeln.de/color/), lighter on dark paper.
var colours = []struct{ light, dark string }{
	{"0072b2", "56a8e0"}, // blue
	{"d55e00", "ff8a3d"}, // vermilion
	{"009e73", "2fc79b"}, // green
	{"cc79a7", "e39cc4"}, // purple
	{"e69f00", "f0b429"}, // orange
	{"56b4e9", "9bd7f7"}, // sky
	{"555555", "bdbdbd"}, // grey
}

// dashes tell lines of the same colour apart, in units of the drawing.
var dashes = [][]float64{nil, {16, 8}, {4, 8}}

// lineOf and barOf return the style of the i-th series.
func lineOf(i int) style {
	c := colours[i%len(colours)]
	return style{class: fmt.Sprint("line", i%len(colours)), light: c.light, dark: c.dark, stroke: 4}
}

func barOf(i int) style {
	c := colours[i%len(colours)]
	return style{class: fmt.Sprint("bar", i%len(colours)), light: c.light, dark: c.dark}
}

func dashOf(i int) []float64 { return dashes[i/len(colours)%len(dashes)] }

// styleSheet returns the CSS of all styles. Its fonts are those of the reader's system.
func styleSheet() string {
	all := []style{paper, heading, naming, labels, grid, base}
	for i := range colours {
		all = append(all, lineOf(i), barOf(i))
	}
	var light, dark strings.Builder
	light.WriteString("text{font-family:system-ui,'Segoe UI',Roboto,'Noto Sans',sans-serif}" +
		".end{text-anchor:end}.middle{text-anchor:middle}")
	for _, s := range all {
		light.WriteString("." + s.class + "{" + s.paint(s.light))
		if s.stroke > 0 {
			fmt.Fprintf(&light, ";stroke-width:%g;stroke-linejoin:round", s.stroke)
		}
		if s.size > 0 {
			fmt.Fprintf(&light, ";font-size:%gpx", s.size)
		}
		if s.bold {
			light.WriteString(";font-weight:600")
		}
		light.WriteString("}")
		dark.WriteString("." + s.class + "{" + s.paint(s.dark) + "}")
	}
	return light.String() + "@media(prefers-color-scheme:dark){" + dark.String() + "}"
}

// paint returns the CSS of a colour.
func (s style) paint(colour string) string {
	if s.stroke > 0 {
		return "fill:none;stroke:#" + colour
	}
	return "fill:#" + colour
}
