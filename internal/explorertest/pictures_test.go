package explorertest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPictures makes the pictures of the documentation, and keeps them if MORESQL_PICTURES names
// their folder: MORESQL_PICTURES=../../docs/images.
func TestPictures(t *testing.T) {
	folder := os.Getenv("MORESQL_PICTURES")
	if folder == "" {
		folder = t.TempDir()
	}
	address := startPostgreSQL(t, "api.sql", "-schema", "api", "-tables")
	p := open(t)
	size := func(width, height int64) { p.do(chromedp.EmulateViewport(width, height)) }
	save := func(name string) {
		png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "explorer-"+name+".png"), png, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	size(1280, 860)
	p.visit(address, "/films", "")
	p.await("document.querySelector('.grid tbody td')")
	save("table")
	p.visit(address, "/films", "#f.year=lt.1970&or.title=like.Le*&select=title,year,directors(name)")
	p.await("document.querySelector('.grid tbody td')")
	save("columns")
	p.visit(address, "/rpc/films_of", "#a.title=the&run=1")
	p.await("document.querySelector('.grid tbody td')")
	save("function")
	p.visit(address, "/rpc/sales", "#view=chart&run=1")
	p.await("document.querySelector('.panel img')?.complete")
	p.js("scrollTo(0, 400)")
	save("chart")
	p.visit(address, "/rpc/kinds", "")
	p.prefers("dark")
	save("dark")
	size(375, 812)
	p.visit(address, "/rpc/films_of", "#run=1")
	p.await("document.querySelector('.grid tbody td')")
	save("phone")
	p.visit(address, "", "")
	save("phone-list")
}
