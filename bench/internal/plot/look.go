package plot

import (
	"image/color"

	"gonum.org/v1/plot/palette/brewer"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/moresql/moresql/bench/internal/contender"
)

// A look is the style in which a contender is drawn.
type look struct {
	line draw.LineStyle
	mark draw.GlyphStyle
}

// looksOf returns the looks of contenders: moresql's lines are broad and blue, the floors grey and
// dashed, and each peer has a color of its own.
func looksOf(ids []contender.ID) ([]look, error) {
	palette, err := brewer.GetPalette(brewer.TypeQualitative, "Dark2", 8)
	if err != nil {
		return nil, err
	}
	colors := palette.Colors()
	blues := []color.Color{
		color.RGBA{R: 0x08, G: 0x45, B: 0x94, A: 0xff},
		color.RGBA{R: 0x42, G: 0x92, B: 0xc6, A: 0xff},
	}
	shapes := []draw.GlyphDrawer{
		draw.CircleGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.PyramidGlyph{},
	}
	looks := make([]look, len(ids))
	own, floors, peers := 0, 0, 0
	for i, id := range ids {
		l := look{line: draw.LineStyle{Width: vg.Points(1.2)}}
		switch id.Name {
		case contender.MoreSQL:
			l.line.Color, l.line.Width = blues[own%len(blues)], vg.Points(3)
			own++
		case contender.Drain:
			l.line.Color = color.Gray{Y: 0x70}
			l.line.Dashes = []vg.Length{vg.Points(5 - 3*float64(floors)), vg.Points(3)}
			floors++
		default:
			l.line.Color = colors[peers%len(colors)]
			peers++
		}
		l.mark = draw.GlyphStyle{
			Color: l.line.Color, Radius: vg.Points(2.5), Shape: shapes[i%len(shapes)],
		}
		looks[i] = l
	}
	return looks, nil
}
