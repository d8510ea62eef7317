package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/moresql/moresql/cmd/moresql/internal/importer"
)

// A progress shows on a terminal how far a file is: rows or calls, bytes, bytes a second, and the
// time that is left.
type progress struct {
	stderr io.Writer
	units  string
	what   string
	bar    *progressbar.ProgressBar
	began  time.Time
}

// newProgress returns what shows the progress in units, nil unless stderr is a terminal.
func newProgress(stderr io.Writer, units string) importer.Progress {
	if file, ok := stderr.(*os.File); !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return &progress{stderr: stderr, units: units}
}

func (p *progress) Begin(what string, size int64) {
	p.what, p.began = what, time.Now()
	p.bar = progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(p.stderr),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true),
		progressbar.OptionShowTotalBytes(true),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetWidth(16),
		progressbar.OptionClearOnFinish(),
	)
}

func (p *progress) At(bytes, rows int64) {
	text := p.what + " " + importer.Thousands(rows) + " " + p.units
	if passed := time.Since(p.began).Seconds(); passed > 0.5 {
		text += fmt.Sprintf(" (%s/s)", importer.Thousands(int64(float64(rows)/passed)))
	}
	p.bar.Describe(text)
	p.bar.Set64(bytes) // the terminal may be gone, which is no fault of the import
}

func (p *progress) End() { p.bar.Clear() }
