package explorertest

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	_ "github.com/lib/pq"

	"github.com/moresql/moresql/internal/pgtest"
)

// patience limits every wait of these tests, generously for a busy machine.
const patience = 5 * time.Minute

func TestMain(m *testing.M) {
	status := m.Run()
	pgtest.Stop()
	stopBrowser()
	os.RemoveAll(folder)
	os.Exit(status)
}

var (
	folder, _   = os.MkdirTemp("", "moresql-explorer")
	browser     context.Context
	stopBrowser = func() {}
)

// built builds the command once.
var built = sync.OnceValues(func() (path string, err error) {
	path = filepath.Join(folder, "moresql")
	out, err := exec.Command("go", "build", "-o", path, "github.com/moresql/moresql/cmd/moresql").
		CombinedOutput()
	if err != nil {
		err = fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, err
})

// start runs the command on a free port and returns its address; uri is that of the database, ""
// for SQLite.
func start(t *testing.T, uri string, args ...string) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, append([]string{"-addr", "localhost:0"}, args...)...)
	cmd.Env = append(os.Environ(), "MORESQL_DATABASE_URI="+uri, "TMPDIR="+t.TempDir())
	cmd.Stderr = nil
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, address, ok := strings.Cut(lines.Text(), "listening on "); ok {
			go func() { // what else it prints
				for lines.Scan() {
				}
			}()
			return strings.TrimSpace(address)
		}
	}
	t.Fatal("the command does not listen")
	return ""
}

// newDatabase creates a database on PostgreSQL for the test, and returns its URI.
func newDatabase(t *testing.T) string {
	t.Helper()
	uri, err := url.Parse(pgtest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	server := connect(t, uri.String())
	name := fmt.Sprintf("explorer_%d", rand.Uint32())
	execute(t, server, "CREATE DATABASE "+name)
	t.Cleanup(func() { server.Exec("DROP DATABASE " + name + " WITH (FORCE)") })
	uri.Path = "/" + name
	return uri.String()
}

// startPostgreSQL runs the command on a database of its own that has the statements of a file.
func startPostgreSQL(t *testing.T, file string, args ...string) string {
	t.Helper()
	uri := newDatabase(t)
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	execute(t, connect(t, uri), string(text))
	return start(t, uri, append([]string{"-superuser"}, args...)...)
}

func connect(t *testing.T, uri string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func execute(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.Exec(statement); err != nil {
		t.Fatalf("%.200s: %v", statement, err)
	}
}

// lacks skips a test for want of a program, or fails where that must not go unnoticed.
func lacks(t *testing.T, message string) {
	t.Helper()
	if os.Getenv("MORESQL_REQUIRE_DATABASES") == "1" {
		t.Fatal(message)
	}
	t.Skip(message)
}

// A tab is one of the browser, which all tests share. What the page writes to the console, such as
// a violation of its policy, is an error of the test.
type tab struct {
	*testing.T
	ctx context.Context
}

func open(t *testing.T) *tab {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		lacks(t, "no chromium found: apt-get install chromium")
	}
	if browser == nil {
		flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program),
			chromedp.NoSandbox, chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true),
			chromedp.Flag("disable-component-update", true), chromedp.WSURLReadTimeout(patience),
			chromedp.UserDataDir(filepath.Join(folder, "chromium")), chromedp.WindowSize(1280, 860))
		allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), flags...)
		var stop context.CancelFunc
		browser, stop = chromedp.NewContext(allocator)
		stopBrowser = func() { stop(); stopAllocator() }
		if err := chromedp.Do(browser); err != nil {
			t.Fatalf("chromium does not start: %v", err)
		}
	}
	ctx, stop := chromedp.NewContext(browser)
	t.Cleanup(stop)
	ctx, stopTimer := context.WithTimeout(ctx, patience)
	t.Cleanup(stopTimer)
	p := &tab{t, ctx}
	// Statuses of errors, which the network's entries are, are those that the tests want.
	err = chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventConsoleAPICalled:
			t.Errorf("console: %v", e.Type)
		case *runtime.EventExceptionThrown:
			t.Errorf("exception: %s %v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
		case *log.EventEntryAdded:
			if e.Entry.Source != "network" {
				t.Errorf("log: %s %s", e.Entry.Source, e.Entry.Text)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.Fatal(err)
	}
}

// js evaluates an expression of JavaScript, a promise awaited.
func (p *tab) js(expression string) string {
	p.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](
		"(async () => String(await ("+expression+")))()", chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("%s: %v", expression, err)
	}
	return text
}

// await waits until an expression of JavaScript is true.
func (p *tab) await(expression string) {
	p.Helper()
	deadline := time.Now().Add(patience / 3)
	for p.js("Boolean("+expression+")") != "true" {
		if time.Now().After(deadline) {
			p.Fatalf("%s does not become true at %s:\n%s", expression, p.js("location.href"),
				p.js("document.body.innerText.slice(0, 3000)"))
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-p.ctx.Done():
			p.Fatal(p.ctx.Err())
		}
	}
}

// visit opens the page of a call. The hash is that of its state.
func (p *tab) visit(address, path, hash string) {
	p.Helper()
	target := address + "/"
	if path != "" {
		target += "?call=" + url.QueryEscape(path) + hash
	}
	p.do(chromedp.Navigate("about:blank"), chromedp.Navigate(target))
	p.await("document.querySelector('nav #search')")
}

// text returns the text of the first element for a selector.
func (p *tab) text(selector string) string {
	p.Helper()
	return p.js("document.querySelector(" + fmt.Sprintf("%q", selector) + ")?.innerText ?? 'none'")
}

// prefers sets the color scheme that the browser prefers.
func (p *tab) prefers(scheme string) {
	p.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err != nil {
		p.Fatal(err)
	}
}
