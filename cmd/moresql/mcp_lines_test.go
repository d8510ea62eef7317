package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A piped is moresql mcp as a client starts it that writes lines of its own.
type piped struct {
	t      *testing.T
	in     io.WriteCloser
	out    *bufio.Reader
	cmd    *exec.Cmd
	stderr *output
}

// pipeTools starts the command for a database, or the sample if that is "", and initializes a
// session of a version unless that is "".
func pipeTools(t *testing.T, uri, version string, args ...string) *piped {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, append([]string{"mcp"}, args...)...)
	p := &piped{t: t, cmd: command, stderr: newOutput()}
	p.cmd.Env = append(environ(), "TMPDIR="+t.TempDir(), "GORACE=atexit_sleep_ms=0",
		"MORESQL_DATABASE_URI="+uri)
	p.cmd.Stderr = p.stderr
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		p.in, err = p.cmd.StdinPipe()
	}
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(out)
	t.Cleanup(func() { p.cmd.Process.Kill() }) // it has ended, unless the test failed
	if version != "" {
		p.send(`{"jsonrpc":"2.0","id":"init","method":"initialize","params":{"capabilities":{},` +
			`"protocolVersion":"` + version + `","clientInfo":{"name":"test","version":"1"}}}` + "\n")
		if got := p.line(); !strings.Contains(got, `"protocolVersion":"`+version+`"`) {
			t.Fatalf("%s\n%s", got, p.stderr)
		}
		p.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n")
	}
	return p
}

// send writes a text to the standard input of the command.
func (p *piped) send(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, text); err != nil {
		p.t.Fatalf("%v\n%s", err, p.stderr)
	}
}

// line returns the next line of its standard output.
func (p *piped) line() string {
	p.t.Helper()
	text, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("%v\n%s", err, p.stderr)
	}
	return strings.TrimSuffix(text, "\n")
}

// end ends its standard input, and returns what it has written until it ended, which is no failure.
func (p *piped) end() string {
	p.t.Helper()
	p.in.Close()
	text, err := io.ReadAll(p.out)
	if err == nil {
		err = p.cmd.Wait()
	}
	if err != nil || strings.Contains(p.stderr.String(), "DATA RACE") {
		p.t.Errorf("%v\n%s", err, p.stderr)
	}
	return string(text)
}

func pingOf(id any) string { return fmt.Sprintf(`{"jsonrpc":"2.0","id":%v,"method":"ping"}`, id) }

func pongOf(id any) string { return fmt.Sprintf(`{"jsonrpc":"2.0","id":%v,"result":{}}`, id) }

// What JSON-RPC 2.0 wants of lines that are no message (section 5.1), by the codes of its errors.
const (
	parseError     = `"code":-32700`
	invalidRequest = `"code":-32600`
)

// A line that is no message has the response that JSON-RPC wants, whose id is null, and the session
// goes on (JSON-RPC 2.0, sections 4 to 6; MCP, "Transports": a message is one line).
func TestToolsSurviveLinesThatAreNoMessages(t *testing.T) {
	const old, new = "2025-03-26", "2025-06-18"
	const notified = `{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}`
	batch := func(messages ...string) string { return "[" + strings.Join(messages, ",") + "]" }
	sessions := map[string]*piped{
		"": pipeTools(t, "", ""), old: pipeTools(t, "", old), new: pipeTools(t, "", new),
	}
	for _, test := range []struct {
		reason, line string
		versions     []string // all by default
		want         []string // what the lines of the response contain
	}{
		{reason: "garbage", line: "garbage\n", want: []string{parseError}},
		{reason: "bytes that are no text", line: "\x00\xff\xfe\n", want: []string{parseError}},
		{reason: "an empty line", line: "\n"},
		{reason: "an empty line as Windows has it", line: "\r\n"},
		{reason: "space", line: " \t \n"},
		{
			reason: "a message over two lines", want: []string{parseError, parseError},
			line: `{"jsonrpc":"2.0",` + "\n" + `"id":1,"method":"ping"}` + "\n",
		},
		{
			reason: "two messages in a line", line: pingOf(1) + pingOf(2) + "\n",
			want: []string{parseError},
		},
		{
			reason: "with space between", line: pingOf(1) + " " + pingOf(2) + "\n",
			want: []string{parseError},
		},
		{
			reason: "nested without end", line: strings.Repeat("[", 1e6) + "\n",
			want: []string{parseError},
		},
		{reason: "a number", line: "1\n", want: []string{invalidRequest}},
		{reason: "a string", line: `"ping"` + "\n", want: []string{invalidRequest}},
		{reason: "null", line: "null\n", want: []string{invalidRequest}},
		{
			reason: "no method", line: `{"jsonrpc":"2.0","foo":"boo"}` + "\n",
			want: []string{invalidRequest},
		},
		{
			reason: "neither a method nor a result", line: `{"jsonrpc":"2.0","id":1}` + "\n",
			want: []string{invalidRequest},
		},
		{
			reason: "a method that is a number", want: []string{invalidRequest},
			line: `{"jsonrpc":"2.0","method":1,"params":"bar"}` + "\n",
		},
		{
			reason: "another version", line: `{"jsonrpc":"1.0","id":1,"method":"ping"}` + "\n",
			want: []string{invalidRequest},
		},
		{reason: "an id that has a fraction", line: pingOf(1.5) + "\n", want: []string{invalidRequest}},
		{
			reason: "an id that loses digits as a float64", line: pingOf("9007199254740993") + "\n",
			want: []string{invalidRequest},
		},
		{
			reason: "the largest id that loses none", line: pingOf("9007199254740991") + "\n",
			want: []string{pongOf("9007199254740991")},
		},
		{
			reason: "digits in a string", line: pingOf(`"9007199254740993"`) + "\n",
			want: []string{pongOf(`"9007199254740993"`)},
		},
		{reason: "an id of another type", line: pingOf("true") + "\n", want: []string{invalidRequest}},
		{
			reason: "deeper than a message may be", want: []string{invalidRequest},
			line: `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":` +
				strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}}\n",
		},
		{
			reason: "longer than a message may be", want: []string{invalidRequest},
			line: strings.Repeat("x", 64<<20) + "\n",
		},
		{reason: "as Windows ends lines", line: pingOf(1) + "\r\n", want: []string{pongOf(1)}},
		{reason: "space around", line: "\t " + pingOf(1) + " \n", want: []string{pongOf(1)}},
		{reason: "an empty batch", line: "[]\n", want: []string{invalidRequest}},
		{reason: "a batch of none", line: "[1,2,3]\n", want: []string{invalidRequest}},
		{
			reason: "a batch", line: batch(pingOf(1), pingOf(2)) + "\n", versions: []string{"", old},
			want: []string{batch(pongOf(1), pongOf(2))},
		},
		{
			reason: "a batch with notifications", versions: []string{"", old},
			line: batch(notified, pingOf(1), notified) + "\n", want: []string{batch(pongOf(1))},
		},
		{
			reason: "a batch of notifications", versions: []string{"", old},
			line: batch(notified, notified) + "\n",
		},
		{
			reason: "a batch with an id twice", line: batch(pingOf(1), pingOf(1)) + "\n",
			want: []string{invalidRequest},
		},
		{
			reason: "a batch, which the version does not know", line: batch(pingOf(1)) + "\n",
			versions: []string{new}, want: []string{invalidRequest},
		},
	} {
		if test.versions == nil {
			test.versions = []string{"", old, new}
		}
		for _, version := range test.versions {
			p := sessions[version]
			p.send(test.line)
			for _, want := range test.want {
				got := p.line()
				isError := strings.HasPrefix(want, `"code"`)
				if !strings.Contains(got, want) || isError != strings.Contains(got, `"id":null`) {
					t.Errorf("%s, version %q: %s", test.reason, version, got)
				}
			}
			p.send(pingOf(`"after"`) + "\n")
			if got := p.line(); got != pongOf(`"after"`) {
				t.Fatalf("%s, version %q, and then: %s", test.reason, version, got)
			}
		}
	}
	for version, p := range sessions {
		p.send("garbage") // the last line has no end
		if got := p.end(); !strings.Contains(got, parseError) || strings.Count(got, "\n") != 1 {
			t.Errorf("version %q: the end is %q", version, got)
		}
	}
}

// The lines of errors and of results that are written at once are whole.
func TestToolsWriteWholeLines(t *testing.T) {
	p := pipeTools(t, "", "2025-06-18")
	const most = 200
	go func() {
		for i := range most {
			fmt.Fprintf(p.in, `{"jsonrpc":"2.0","id":%d,"method":"tools/list"}`+"\n{\n", i)
		}
	}()
	lists, mistakes := 0, 0
	for range 2 * most {
		switch line := p.line(); {
		case strings.Contains(line, parseError) && strings.HasSuffix(line, "}"):
			mistakes++
		case strings.HasPrefix(line, `{"jsonrpc":"2.0","id":`) && strings.HasSuffix(line, "}}"):
			lists++
		default:
			t.Fatal(line)
		}
	}
	if lists != most || mistakes != most {
		t.Errorf("%d lists and %d errors", lists, mistakes)
	}
	if got := p.end(); got != "" {
		t.Error(got)
	}
}

// What has been sent before the end of the input has its response, so that a script can be piped; a
// call that takes longer than that ends, in the database too, as it does with the command.
func TestToolsRespondBeforeTheyEnd(t *testing.T) {
	uri := newPostgreSQL(t)
	db := connect(t, uri)
	mustExec(t, db, `CREATE SCHEMA api; CREATE SEQUENCE api.numbers;
		CREATE FUNCTION api.next() RETURNS bigint LANGUAGE sql AS
			$$ SELECT nextval('api.numbers') FROM pg_sleep(0.1) $$;
		CREATE FUNCTION api.wait() RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(600)'`)
	call := func(id int, name string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q}}`+"\n",
			id, name)
	}
	p := pipeTools(t, uri, "2025-06-18", "-superuser", "-schema", "api")
	p.send(call(1, "next") + call(2, "next") + call(3, "next"))
	got := p.end()
	for id := range 3 {
		if want := fmt.Sprintf(`"id":%d,"result":{"content"`, id+1); !strings.Contains(got, want) {
			t.Errorf("no response %s:\n%s", want, got)
		}
	}
	for _, end := range []string{"input", "signal"} {
		p = pipeTools(t, uri, "2025-06-18", "-superuser", "-schema", "api", "-timeout", "0")
		p.send(call(1, "wait"))
		eventually(t, "the call runs", func() bool { return running(t, db) == 1 })
		if end == "signal" {
			if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the call has ended", func() bool { return running(t, db) == 0 })
		}
		p.end()
		eventually(t, "the call has ended", func() bool { return running(t, db) == 0 })
	}
}
