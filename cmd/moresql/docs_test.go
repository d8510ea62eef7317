package main

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// guide returns the pages whose blocks are run. Blocks of Go are compiled by the library's tests.
func guide(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	return append(pages, "../../README.md")
}

// A block is a fenced one of a page.
type block struct {
	line     int // of its first line in the page
	language string
	text     string
}

var fence = regexp.MustCompile("(?ms)^```([^\n]*)\n(.*?)^```$")

// blocksOf returns the blocks of a page in one of the languages.
func blocksOf(t *testing.T, page string, languages ...string) (list []block) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range fence.FindAllSubmatchIndex(text, -1) {
		b := block{
			line:     strings.Count(string(text[:at[4]]), "\n") + 1,
			language: string(text[at[2]:at[3]]), text: string(text[at[4]:at[5]]),
		}
		if slices.Contains(languages, b.language) {
			list = append(list, b)
		}
	}
	return list
}

// TestDocumentedCommandsDoWhatTheySay runs the blocks sql and console of a page in their order, in
// a database that is the page's. A line of console that begins with moresql starts the command
// anew, with the flags that it has there; one that begins with curl is run, and must print the
// lines below it, in which … stands for anything, or the picture that it writes.
func TestDocumentedCommandsDoWhatTheySay(t *testing.T) {
	newShell(t) // skips the test without curl
	for _, page := range guide(t) {
		blocks := blocksOf(t, page, "sql", "console")
		if len(blocks) == 0 {
			continue
		}
		t.Run(filepath.Base(page), func(t *testing.T) {
			r := &reader{t: t, uri: newPostgreSQL(t)}
			r.db = connect(t, r.uri)
			if !creates(blocks, "SCHEMA api") { // on a page for who has one
				mustExec(t, r.db, "CREATE SCHEMA api")
			}
			for _, b := range blocks {
				if b.language == "sql" {
					r.sql(page, b)
				} else {
					r.console(page, b)
				}
			}
		})
	}
}

// creates reports whether SQL of a page creates something.
func creates(blocks []block, what string) bool {
	return slices.ContainsFunc(blocks, func(b block) bool {
		return b.language == "sql" && strings.Contains(b.text, "CREATE "+what)
	})
}

// A reader does what a page says.
type reader struct {
	t       *testing.T
	uri     string
	db      *sql.DB
	command *command
}

// sql runs a block of SQL. The bodies of functions may name what the page leaves to its reader, and
// a statement of PL/pgSQL is only parsed.
func (r *reader) sql(page string, b block) {
	r.t.Helper()
	text := "SET check_function_bodies = off;" + b.text
	switch {
	case strings.HasPrefix(b.text, "RAISE"):
		text = "CREATE FUNCTION pg_temp.f() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN " + b.text +
			" END $f$"
	case strings.HasPrefix(b.text, "ALTER SYSTEM"): // takes no other statement next to it
		text = b.text
		defer r.db.Exec("ALTER SYSTEM RESET ALL")
	}
	if _, err := r.db.Exec(text); err != nil {
		r.t.Errorf("%s:%d: %v", page, b.line, err)
	}
	if creates([]block{b}, "ROLE web LOGIN") { // as which the page has the command log in
		r.t.Cleanup(func() { r.db.Exec("DROP OWNED BY web; DROP ROLE web") })
		r.uri = replace(r.t, r.uri, "web", "/"+databaseOf(r.uri))
	}
}

// console runs the lines of a block that begin with $, and compares what they print.
func (r *reader) console(page string, b block) {
	r.t.Helper()
	for part := range strings.SplitSeq("\n"+b.text, "\n$ ") {
		line, want, _ := strings.Cut(part, "\n")
		for strings.HasSuffix(line, `\`) {
			more, rest, _ := strings.Cut(want, "\n")
			line, want = strings.TrimSuffix(line, `\`)+more, rest
		}
		switch {
		case strings.TrimSpace(line) == "":
		case tool.MatchString(line):
			r.prints(page, b.line, line, r.here(line), want)
		case strings.HasPrefix(line, "moresql"):
			r.start(strings.Fields(line)[1:])
		case strings.HasPrefix(line, "curl"):
			r.curl(page, b.line, line, want)
		default:
			r.t.Errorf("%s:%d: nobody runs %s", page, b.line, line)
		}
	}
}

// tool matches a line that runs a subcommand which ends by itself.
var tool = regexp.MustCompile(`\bmoresql (call|check|completion)\b`)

// here returns a line that runs the built command on the database that it names.
func (r *reader) here(line string) string {
	r.t.Helper()
	path, err := built()
	if err != nil {
		r.t.Fatal(err)
	}
	uri := ""
	if strings.Contains(line, "-schema") {
		uri = r.uri
	}
	return fmt.Sprintf("export MORESQL_DATABASE_URI='%s' PATH='%s':$PATH; %s",
		uri, filepath.Dir(path), line)
}

func (r *reader) start(flags []string) {
	r.t.Helper()
	uri := ""
	if slices.Contains(flags, "-schema") {
		uri = r.uri
	}
	if r.command != nil {
		r.command.stop()
	}
	r.command = start(r.t, uri, flags...)
}

// curl runs a line, without the progress that curl shows on a terminal.
func (r *reader) curl(page string, at int, line, want string) {
	r.t.Helper()
	line, picture, isPicture := strings.Cut(line, " > ")
	if isPicture { // which is in the documentation
		file, err := os.ReadFile("../../docs/images/" + picture)
		if err != nil {
			r.t.Fatal(err)
		}
		want = string(file)
	}
	if r.command == nil {
		r.t.Fatalf("%s:%d: nothing serves %s", page, at, line)
	}
	r.prints(page, at, line, strings.Replace(line, "curl", "curl --silent --show-error", 1), want)
}

// prints runs a line of a shell, and compares what it prints.
func (r *reader) prints(page string, at int, line, run, want string) {
	r.t.Helper()
	if r.command != nil {
		run = strings.ReplaceAll(run, "http://localhost:8080", r.command.url())
	}
	shell := exec.Command("sh", "-c", run)
	shell.Env = environ()
	out, err := shell.CombinedOutput()
	if err != nil {
		r.t.Errorf("%s:%d: %s\n%v\n%s", page, at, line, err, out)
	}
	pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(want)), "…", `(?s:.*)`)
	got := strings.ReplaceAll(strings.TrimSpace(string(out)), "\r", "")
	if !regexp.MustCompile("^" + pattern + "$").MatchString(got) {
		r.t.Errorf("%s:%d: %s\nprints\n%s\nand not\n%s", page, at, line, got, want)
	}
}

// TestDocumentedFlagsAreThose looks for flags of the command that it does not have, in every block
// of the documentation, such as units of systemd.
func TestDocumentedFlagsAreThose(t *testing.T) {
	c := launchPlainly(t, "", "-h")
	c.wait()
	help := c.stdout.String() + c.stderr.String()
	called := regexp.MustCompile(`(?m)\bmoresql((?: +-[a-z].*)?)$`)
	flag := regexp.MustCompile(` (-[a-z][a-z-]*)`)
	found := 0
	for _, page := range guide(t) {
		for _, b := range blocksOf(t, page, "console", "sh", "ini", "dockerfile", "yaml") {
			text := strings.ReplaceAll(b.text, "\\\n", " ")
			for _, call := range called.FindAllStringSubmatch(text, -1) {
				for _, f := range flag.FindAllStringSubmatch(call[1], -1) {
					found++
					if !regexp.MustCompile("\n  " + f[1] + "[ \n]").MatchString(help) {
						t.Errorf("%s:%d: the command has no flag %s", page, b.line, f[1])
					}
				}
			}
		}
	}
	if found == 0 {
		t.Error("no page calls the command with a flag")
	}
}

// TestDocumentedShellIsShell has a shell read what it would run of the documentation.
func TestDocumentedShellIsShell(t *testing.T) {
	for _, page := range guide(t) {
		for _, b := range blocksOf(t, page, "sh") {
			check := exec.Command("sh", "-n")
			check.Stdin = strings.NewReader(b.text)
			if out, err := check.CombinedOutput(); err != nil {
				t.Errorf("%s:%d: %v %s", page, b.line, err, out)
			}
		}
	}
}
