package chart_test

import (
	"bytes"
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/chart"
	"github.com/moresql/moresql/row"
)

var update = flag.Bool("update", false, "write the pictures in testdata anew; look at them then")

// titled returns an encoder as the pipeline makes it of one.
func titled(e encoder.Encoder, title string) encoder.Encoder {
	return e.(encoder.Framer).Framed(encoder.Frame{Title: title})
}

// encode returns the picture of a sample.
func encode(t testing.TB, e encoder.Encoder, s sample) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := titled(e, s.title).Encode(&b, row.Of(s.columns, s.rows...)); err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	return b.Bytes()
}

// TestPicturesAreTheGoldenOnes compares an SVG by its text, and a PNG by its pixels, of which the
// edges may differ between processors.
func TestPicturesAreTheGoldenOnes(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			svg, raster := encode(t, chart.SVG(), s), encode(t, chart.PNG(), s)
			path := filepath.Join("testdata", s.name)
			if *update {
				for ext, picture := range map[string][]byte{".svg": svg, ".png": raster} {
					if err := os.WriteFile(path+ext, picture, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
			want, err := os.ReadFile(path + ".svg")
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(svg, want) {
				t.Errorf("the SVG is another one; -update writes it to %s.svg", path)
			}
			if n := differing(t, raster, path+".png"); n > 100 {
				t.Errorf("%d pixels of the PNG are others; -update writes it to %s.png", n, path)
			}
		})
	}
}

// differing returns how many pixels of a PNG clearly differ from those of a file.
func differing(t *testing.T, picture []byte, path string) (n int) {
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	want, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if got.Bounds() != want.Bounds() {
		t.Errorf("the PNG is %v, want %v", got.Bounds(), want.Bounds())
		return 0
	}
	for y := range got.Bounds().Dy() {
		for x := range got.Bounds().Dx() {
			r, g, b, _ := got.At(x, y).RGBA()
			r2, g2, b2, _ := want.At(x, y).RGBA()
			if far(r, r2) || far(g, g2) || far(b, b2) {
				n++
			}
		}
	}
	return n
}

func far(a, b uint32) bool { return max(a, b)-min(a, b) > 0x2000 }
