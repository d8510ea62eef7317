package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// newCompletions returns a database with routines to complete.
func newCompletions(t *testing.T) (uri string) {
	t.Helper()
	uri = newPostgreSQL(t)
	mustExec(t, connect(t, uri), `CREATE SCHEMA api; CREATE TYPE api.mood AS ENUM ('sad', 'happy');
		CREATE TABLE api.films (id int); COMMENT ON TABLE api.films IS 'Films';
		CREATE FUNCTION api.find(title text, mood api.mood, seen bool, OUT n int)
			LANGUAGE sql STABLE AS 'SELECT 1';
		COMMENT ON FUNCTION api.find IS E'Finds \x1b[31mfilms\nby their title';
		CREATE FUNCTION api.finish(a int, b int) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		CREATE FUNCTION api.finish(a int, c text) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		CREATE FUNCTION api."$(reboot)"() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		CREATE TYPE api.place AS ENUM ('@/etc/passwd', 'here');
		CREATE FUNCTION api.put(place api.place, "-xy" int) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		CREATE TYPE api."a`+"\nkind=$(reboot)\t"+`b" AS (a int);
		CREATE FUNCTION api.sort(kind api."a`+"\nkind=$(reboot)\t"+`b")
			RETURNS int LANGUAGE sql AS 'SELECT 1';
		CREATE FUNCTION api."-role=admin"() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		CREATE FUNCTION api."http://evil"() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
		CREATE FUNCTION api."fi;reboot"() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'`)
	return uri
}

func TestCompletionKnowsWhatComesNext(t *testing.T) {
	uri := newCompletions(t)
	for _, test := range []struct{ line, want string }{
		{"co", "completion config"},
		{"call fi", "find finish"},
		{"call -role x fi", "find finish"},
		{"call -o json fi", "find finish"},
		{"call $", ""},
		{"call find ", "mood= seen= title="},
		{"call find title=x -j 2 ", "mood= seen="},
		{"call find title:=null s", "seen="},
		{"call find mood=", "mood=happy mood=sad"},
		{"call find mood=h", "mood=happy"},
		{"call find seen=", "seen=false seen=true"},
		{"call finish ", "a= b= c="},
		{"call nothing ", ""},
		// what call takes for a flag, a server or a file is not chosen by who names things
		{"call ", "find finish put sort"},
		{"call -role=", ""},
		{"call http", ""},
		{"call put ", "place="},
		{"call put -x", ""},
		{"call sort ", "kind="},
		{"call put place=", "place=here"},
		{"call -o ", "arrow chart csv json msgpack ndjson raw table"},
		{"call --fai", "--failures"},
		{"call -cla", "-claims"},
		{"call http://localhost/rpc/f ", ""},
		{"check -o ", "json text"},
		{"check -aga", "-against"},
		{"import x.csv -into ", "films"},
		{"import x.csv -call fin", "find finish"},
		{"import -existing ", "fail report skip update"},
		{"openapi -cl", "-claims -client"},
		{"openapi -tx", ""},
		{"check -s", "-schema -sql"},
		{"openapi -client ", "go ts"},
		{"-log-format ", "json text"},
		{"serve -log-l", "-log-level"},
		{"-tables -tx", "-tx-end"},
		{"version -", ""},
		{"completion ", "bash fish zsh"},
		{"call -x fi", ""},
	} {
		words := strings.Split(test.line, " ")
		stdout, stderr, status := called(t, uri, "", []string{"MORESQL_SCHEMA=api"},
			append([]string{"completion", "words"}, words...)...)
		var got []string
		for line := range strings.Lines(stdout) {
			word, _, _ := strings.Cut(line, "\t")
			got = append(got, word)
		}
		slices.Sort(got)
		if status != 0 || stderr != "" || strings.Join(got, " ") != test.want {
			t.Errorf("%q: exit status %d, %q %s, want %s", test.line, status, got, stderr, test.want)
		}
	}
	stdout, _, _ := called(t, uri, "", []string{"MORESQL_SCHEMA=api"},
		"completion", "words", "call", "find")
	if stdout != "find\tFinds \\u001b[31mfilms\n" {
		t.Errorf("the comment is shown as %q", stdout)
	}
	const nowhere = "postgres://me:" + secret + "@127.0.0.1:1/x?sslmode=disable"
	stdout, stderr, status := called(t, nowhere, "", nil, "completion", "words", "call", "f")
	if status != 0 || stdout+stderr != "" {
		t.Errorf("a database that is away: exit status %d, %s%s", status, stdout, stderr)
	}
}

// The scripts are those of real shells: bash completes a line as a person types it.
// Of a server the names of its routines are known, and not those of a database on this machine.
func TestCompletionOfAServer(t *testing.T) {
	c := start(t, newCompletions(t), "-schema", "api")
	url := c.url() + "/rpc"
	for _, test := range []struct {
		environ, words []string
		want           string
	}{
		{words: []string{"-url", url, "fi"}, want: "find\tFinds \\u001b[31mfilms\nfinish\t\n"},
		{environ: []string{"MORESQL_URL=" + url}, words: []string{"fini"}, want: "finish\t\n"},
		{words: []string{"-url", url, "get"}},
		{words: []string{"-url", url, "find", ""}},
		{words: []string{"-url", c.url() + "/elsewhere", ""}},
		{words: []string{"-url", "http://127.0.0.1:1/rpc", ""}},
		{words: []string{"-url", "none", ""}},
	} {
		args := append([]string{"completion", "words", "call"}, test.words...)
		stdout, stderr, status := called(t, "", "", test.environ, args...)
		if stdout != test.want || stderr != "" || status != 0 {
			t.Errorf("%q: exit status %d, %q, want %q, %s", args, status, stdout, test.want, stderr)
		}
	}
	c.stop()
}

func TestCompletionInBash(t *testing.T) {
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	in := append(environ(), "MORESQL_DATABASE_URI="+newCompletions(t), "MORESQL_SCHEMA=api",
		"PATH="+filepath.Dir(path)+":"+os.Getenv("PATH"), "PS1=> ", "INPUTRC=/dev/null")
	for _, test := range []struct{ typed, want string }{
		{"moresql call find ti\tx", "moresql call find title=x"},
		{"moresql call find mood=h\tx", "moresql call find mood=happy x"},
		{"moresql call -schema api find s\tt\t", "moresql call -schema api find seen=true "},
		{"moresql check --agai\tx", "moresql check --against x"},
		{"moresql import /dev/nul\tx", "moresql import /dev/null x"},
	} {
		c := openTerminal(t, 200, in, "bash", "--norc", "--noprofile", "-i")
		c.types("source <(moresql completion bash); echo rea''dy\n")
		c.await(c.stdout, "ready\n")
		c.types(test.typed)
		c.await(c.stdout, test.want)
	}
}

// zsh does so, too, and shows with escapes what it has added after a word.
func TestCompletionInZsh(t *testing.T) {
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	zsh := shellFor(t, "zsh")
	in := append(environ(), "MORESQL_DATABASE_URI="+newCompletions(t), "MORESQL_SCHEMA=api",
		"PATH="+filepath.Dir(path)+":"+os.Getenv("PATH"), "PS1=> ", "HOME="+t.TempDir())
	const ready = "autoload -Uz compinit && compinit -u -D && source <(moresql completion zsh)"
	for _, test := range []struct{ typed, want string }{
		{"moresql call find ti\t", "moresql call find title="},
		{"moresql call find mood=h\t", "moresql call find mood=happy"},
		{"moresql check --agai\t", "moresql check --against"},
		{"moresql import /dev/nul\t", "moresql import /dev/null"},
	} {
		c := openTerminal(t, 200, in, zsh, "-f", "-i")
		c.types(ready + "; echo rea''dy\n")
		c.await(c.stdout, "ready\n")
		c.types(test.typed)
		c.await(c.stdout, test.want)
	}
}

// shellFor returns the path of a shell.
func shellFor(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("MORESQL_REQUIRE_DATABASES") == "1" {
		t.Fatalf("no %s found: apt-get install %s", name, name)
	}
	t.Skipf("no %s found: apt-get install %s", name, name)
	return ""
}

func TestCompletionInFish(t *testing.T) {
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	uri := newCompletions(t)
	for line, want := range map[string]string{
		"moresql call fin":            "find\tFinds \\u001b[31mfilms\nfinish\n",
		"moresql call find title=x s": "seen=\tboolean\n",
	} {
		c := exec.Command(shellFor(t, "fish"), "--no-config", "-c",
			"moresql completion fish | source; complete -C '"+line+"'")
		c.Env = append(environ(), "MORESQL_DATABASE_URI="+uri, "MORESQL_SCHEMA=api",
			"HOME="+t.TempDir(), "PATH="+filepath.Dir(path)+":"+os.Getenv("PATH"))
		c.Dir = t.TempDir() // the files of which fish would list
		if out, err := c.CombinedOutput(); err != nil || string(out) != want {
			t.Errorf("%s: %v\n%q, want %q", line, err, out, want)
		}
	}
}

func TestCompletionScripts(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		stdout, stderr, status := called(t, "", "", nil, "completion", shell)
		if status != 0 || !strings.Contains(stdout, "completion words") || stderr != "" {
			t.Errorf("%s: exit status %d, %s%s", shell, status, stdout, stderr)
		}
		check := exec.Command(shellFor(t, shell), "-n", "/dev/stdin")
		check.Stdin = strings.NewReader(stdout)
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%s: %v %s", shell, err, out)
		}
	}
	for args, want := range map[string]string{
		"": "name one shell", "csh": "the shells are bash, zsh and fish", "bash zsh": "name one shell",
	} {
		stdout, stderr, status := called(t, "", "", nil,
			append([]string{"completion"}, strings.Fields(args)...)...)
		if status != 2 || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%q: exit status %d, %s%s", args, status, stdout, stderr)
		}
	}
	stdout, _, status := called(t, "", "", nil, "completion", "-h")
	if status != 0 || stdout != completionUsage {
		t.Errorf("exit status %d, %s", status, stdout)
	}
}
