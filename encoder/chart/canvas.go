package chart

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/go-analyze/charts/chartdraw"
	"github.com/go-analyze/charts/chartdraw/drawing"
)

// scaleUp is how many units of a drawing a pixel has: the renderers take whole numbers, and screens
// have more dots than pixels.
const scaleUp = 2

// A canvas is what shapes and texts are drawn on.
type canvas struct {
	chartdraw.Renderer
	width, height int
	isSVG         bool
}

func newCanvas(width, height int, isSVG bool) *canvas {
	c := &canvas{width: width, height: height, isSVG: isSVG}
	if isSVG {
		c.Renderer = chartdraw.SVGWithCSS(styleSheet(), "")(width, height)
	} else {
		c.Renderer = chartdraw.PNG(width, height)
	}
	c.SetDPI(72) // so that a point is a unit
	c.rect(paper, 0, 0, width, height)
	return c
}

// use has what follows drawn in a style. class is added to the classes of an SVG.
func (c *canvas) use(s style, class string) {
	c.SetClassName(strings.TrimSpace(s.class + " " + class))
	colour := drawing.ColorFromHex(s.light)
	c.SetFillColor(colour)
	c.SetFontColor(colour)
	c.SetStrokeColor(colour)
	c.SetStrokeWidth(s.stroke)
	c.SetStrokeDashArray(nil)
	c.SetFontSize(s.size)
	font := "notosans"
	if s.bold {
		font = "notosans-bold"
	}
	c.SetFont(chartdraw.GetFont(font))
}

func (c *canvas) rect(s style, left, top, right, bottom int) {
	c.use(s, "")
	c.MoveTo(left, top)
	c.LineTo(right, top)
	c.LineTo(right, bottom)
	c.LineTo(left, bottom)
	c.Close()
	c.Fill()
}

// A point is a place on a canvas.
type point struct{ x, y int }

// line draws a line through points, or a dot for a single one.
func (c *canvas) line(s style, dash []float64, points ...point) {
	c.use(s, "")
	if len(points) == 1 {
		dot := s
		dot.class, dot.stroke = strings.Replace(s.class, "line", "bar", 1), 0
		c.use(dot, "")
		c.Circle(1.5*s.stroke, points[0].x, points[0].y)
		c.Fill()
		return
	}
	c.SetStrokeDashArray(dash)
	for i, p := range points {
		if i == 0 {
			c.MoveTo(p.x, p.y)
		} else {
			c.LineTo(p.x, p.y)
		}
	}
	c.Stroke()
}

// An anchor says which place of a text a point is.
type anchor string

const (
	atStart  anchor = ""
	atMiddle anchor = "middle"
	atEnd    anchor = "end"
)

// text draws a text whose base line goes through a point.
func (c *canvas) text(s style, a anchor, x, y int, text string) {
	if !c.isSVG {
		switch w := c.measure(s, text); a {
		case atMiddle:
			x -= w / 2
		case atEnd:
			x -= w
		}
	}
	c.use(s, string(a))
	c.Text(text, x, y)
}

// measure returns how wide a text is, and of an SVG how wide it may become: browsers draw it in a
// font of their own.
func (c *canvas) measure(s style, text string) int {
	wide, others := 0, text
	if c.isSVG { // the renderer's fonts have no such letters
		others = strings.Map(func(r rune) rune {
			if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
				wide++
				return -1
			}
			return r
		}, text)
	}
	c.use(s, "")
	n := c.MeasureText(others).Width()
	if c.isSVG {
		n = n*6/5 + wide*int(s.size)
	}
	return n
}

// fit returns as much of a text as a width has room for, in one line.
func (c *canvas) fit(s style, width int, text string) string {
	text = oneLine(text)
	letters := []rune(text)
	if len(letters) > maxLabel {
		letters = letters[:maxLabel]
	}
	if c.measure(s, text) <= width && len(letters) < maxLabel {
		return text
	}
	low, high := 0, len(letters) // how many are known to fit, and not to
	for low+1 < high {
		if n := (low + high) / 2; c.measure(s, string(letters[:n])+"…") <= width {
			low = n
		} else {
			high = n
		}
	}
	return string(letters[:low]) + "…"
}

// oneLine returns a text without what is no letter of it.
func oneLine(text string) string {
	words := strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || isBidi(r)
	})
	return strings.Join(words, " ")
}

// isBidi reports whether a character changes the direction of what follows it, which may be another
// label.
func isBidi(r rune) bool { return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 }

// save writes the picture. An SVG gets a size, which its renderer leaves out, and a title for those
// who do not see it.
func (c *canvas) save(w *bytes.Buffer, title string) error {
	if !c.isSVG {
		return c.Save(w)
	}
	var document bytes.Buffer
	if err := c.Save(&document); err != nil {
		return err
	}
	_, rest, _ := bytes.Cut(document.Bytes(), []byte(">"))
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d"`+
		` viewBox="0 0 %d %d" role="img">`, c.width/scaleUp, c.height/scaleUp, c.width, c.height)
	if title != "" {
		io.WriteString(w, "<title>")
		xml.EscapeText(w, []byte(oneLine(title)))
		io.WriteString(w, "</title>")
	}
	w.Write(rest)
	return nil
}
