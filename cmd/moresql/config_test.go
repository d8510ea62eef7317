package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// configured runs moresql config and returns what it prints, and the exit status.
func configured(
	t *testing.T, environ []string, args ...string,
) (stdout, stderr string, status int) {
	t.Helper()
	var out, err bytes.Buffer
	p := process{environ: environ, stdout: &out, stderr: &err}
	status = p.run(t.Context(), append([]string{"config"}, args...))
	if text := out.String() + err.String(); strings.Contains(text, secret) {
		t.Errorf("%q: the password is printed:\n%s", args, text)
	}
	return out.String(), err.String(), status
}

// write writes a file and returns its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// hasLine reports whether a text has a line, however many spaces it has.
func hasLine(text, line string) bool {
	want := strings.Join(strings.Fields(line), " ")
	return slices.ContainsFunc(strings.Split(text, "\n"), func(l string) bool {
		return strings.Join(strings.Fields(l), " ") == want
	})
}

// A secret that is empty by mistake must not open the API to everybody, wherever it is set.
func TestEmptySecretOpensNothing(t *testing.T) {
	for _, test := range []struct {
		reason  string
		environ []string
		file    string
		want    string // of the error, "" for none
	}{
		{
			reason: "a variable of the secret", environ: []string{"MORESQL_JWT_SECRET="},
			want: "MORESQL_JWT_SECRET is empty: calls would run",
		},
		{
			reason: "a variable of the role", environ: []string{"MORESQL_ANON_ROLE="},
			want: "MORESQL_ANON_ROLE is empty: calls would run",
		},
		{
			reason: "a variable of spaces", environ: []string{"MORESQL_JWT_SECRET= "},
			want: "MORESQL_JWT_SECRET is empty: calls would run",
		},
		{
			reason: "the secret of a file", file: `jwt-secret = ""`,
			want: "jwt-secret in line 1 of FILE is empty: calls would run",
		},
		{
			reason: "the role of a file", file: "max-rows = 7\nanon-role = \"\"",
			want: "anon-role in line 2 of FILE is empty: calls would run",
		},
		{
			reason: "spaces in a file", file: `anon-role = " "`,
			want: "anon-role in line 1 of FILE is empty: calls would run",
		},
		{
			reason: "a role alone", environ: []string{"MORESQL_JWT_SECRET=", "MORESQL_ANON_ROLE=web"},
		},
		{
			reason:  "a secret alone",
			environ: []string{"MORESQL_JWT_SECRET=@/run/secret", "MORESQL_ANON_ROLE="},
		},
		{reason: "a role of a file alone", file: "jwt-secret = \"\"\nanon-role = web"},
		{
			reason: "a secret of the environment and an empty role of a file", file: `anon-role = ""`,
			environ: []string{"MORESQL_JWT_SECRET=@/run/secret"},
		},
		{
			reason:  "PostgREST's secret, without which nobody is let in",
			environ: []string{"PGRST_JWT_SECRET=", "PGRST_DB_CONFIG=false", "MORESQL_JWT_SECRET="},
		},
		{
			reason:  "PostgREST's secret with a role, which calls run as",
			environ: []string{"PGRST_JWT_SECRET=", "PGRST_DB_ANON_ROLE=web", "PGRST_DB_CONFIG=false"},
		},
		{reason: "what is no secret", environ: []string{"MORESQL_MAX_ROWS="}},
	} {
		var args []string
		if test.file != "" {
			args = []string{"-config", write(t, "c", test.file)}
			test.want = strings.ReplaceAll(test.want, "FILE", args[1])
		}
		_, stderr, status := configured(t, test.environ, args...)
		if want := 2 * min(len(test.want), 1); status != want || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: exit status %d: %s", test.reason, status, stderr)
		}
	}
}

// What is printed is a file that says the same, secrets aside. A setting that is empty, as it is by
// default, is a comment, since an empty secret would be a mistake.
func TestConfigPrintsAFileThatSaysTheSame(t *testing.T) {
	for _, test := range []struct {
		reason  string
		environ []string
		lines   []string
	}{
		{reason: "the defaults", lines: []string{
			`# jwt-secret = "" # default`, `# anon-role = "" # default`, `# schema = "" # default`,
			"channel = moresql # default",
		}},
		{
			reason: "a text that is empty, but not by default", environ: []string{
				"PGRST_DB_CHANNEL_ENABLED=false", "PGRST_DB_ANON_ROLE=web", "PGRST_DB_CONFIG=false",
			},
			lines: []string{
				`channel = "" # PGRST_DB_CHANNEL_ENABLED`, "anon-role = web # PGRST_DB_ANON_ROLE",
			},
		},
		{
			reason: "values of every form", environ: []string{
				"MORESQL_SCHEMA=api,public", "MORESQL_JWT_SECRET=@/run/secret", "MORESQL_DATA=a # b",
				"MORESQL_EVENTS=films=reader,editor\ncars", "MORESQL_COMPRESS=false",
				"MORESQL_TIMEOUT=90s", "MORESQL_TX_END=rollback", "MORESQL_JWT_ISS=",
			},
			lines: []string{
				"jwt-secret = @/run/secret # MORESQL_JWT_SECRET", `data = "a # b" # MORESQL_DATA`,
				`# jwt-iss = "" # default`, "tx-end = rollback # MORESQL_TX_END",
			},
		},
	} {
		out, stderr, status := configured(t, test.environ)
		if status != 0 || stderr != "" {
			t.Errorf("%s: exit status %d: %s", test.reason, status, stderr)
		}
		for _, line := range test.lines {
			if !hasLine(out, line) {
				t.Errorf("%s: no line %q in:\n%s", test.reason, line, out)
			}
		}
		file := write(t, "again.conf", strings.ReplaceAll(out, "***", "@/none"))
		again, stderr, status := configured(t, nil, "-config", file)
		if a, b := valuesOf(out), valuesOf(again); status != 0 || stderr != "" || !slices.Equal(a, b) {
			t.Errorf("%s: read again: exit status %d: %s%s", test.reason, status, again, stderr)
		}
	}
}

// valuesOf returns the settings that are printed, without where they come from.
func valuesOf(text string) (list []string) {
	for _, line := range strings.Split(strings.ReplaceAll(text, "@/none", "***"), "\n") {
		list = append(list, strings.Split(line, " # ")[0])
	}
	return list
}

// Of several sources the flag counts, then the environment, then the file, then the default.
func TestConfigSaysWhereEachValueComesFrom(t *testing.T) {
	file := write(t, "moresql.conf", `
# comments and empty lines are for people
addr      = "localhost:1111"  # so is this
timeout   = 5s
max-rows  = 7
schema    = "api, public"
init      = true
database-uri = "postgres://me:`+secret+`@db/cars"
events    = films=reader,editor
events    = cars
`)
	environ := []string{
		"MORESQL_CONFIG=" + file, "MORESQL_ADDR=localhost:2222", "MORESQL_MAX_ROWS=8",
		"MORESQL_QUEUE=", "MORESQL_CORS=https://a.example,https://b.example",
		"DATABASE_URL=mysql://me:" + secret + "@db/cars",
	}
	out, warnings, status := configured(t, environ, "-max-rows", "9")
	if status != 0 || warnings != "" {
		t.Errorf("exit status %d: %s", status, warnings)
	}
	for _, line := range []string{
		"max-rows = 9 # the flag -max-rows",
		"addr = localhost:2222 # MORESQL_ADDR",
		"cors = https://a.example,https://b.example # MORESQL_CORS",
		"timeout = 5s # line 4 of " + file,
		"schema = api,public # line 6 of " + file,
		"init = true # line 7 of " + file,
		"events = films=reader,editor # line 9 of " + file,
		"events = cars # line 9 of " + file,
		"queue = 1000 # default",
		"database-uri = *** # line 8 of " + file,
	} {
		if !hasLine(out, line) {
			t.Errorf("no line %q in:\n%s", line, out)
		}
	}
	// What is printed is a file that says the same, secrets aside.
	again := write(t, "again.conf", strings.ReplaceAll(out, "***", "@/none"))
	second, stderr, _ := configured(t, nil, "-config", again)
	if a, b := valuesOf(out), valuesOf(second); !slices.Equal(a, b) {
		t.Errorf("read again:\n%s%s", second, stderr)
	}
}

// A variable has the values that have commas themselves on lines of their own, and a file is left
// out where it has others.
func TestConfigRepeatsWhatHasCommas(t *testing.T) {
	file := write(t, "moresql.conf", "events = planes\nevents = trains\n")
	out, stderr, status := configured(t, []string{
		"MORESQL_EVENTS=films=reader,editor\ncars\n", "MORESQL_CONFIG=" + file,
	})
	if status != 0 || stderr != "" || strings.Count(out, "\nevents ") != 2 ||
		!hasLine(out, "events = films=reader,editor # MORESQL_EVENTS") ||
		!hasLine(out, "events = cars # MORESQL_EVENTS") {
		t.Errorf("exit status %d, %s:\n%s", status, stderr, out)
	}
}

func TestConfigRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, test := range []struct {
		reason, file string
		environ      []string
		want         string
	}{
		{reason: "a name", file: "\nmax-row = 1", want: "line 2 of .* perhaps you mean max-rows"},
		{reason: "twice", file: "queue = 1\nqueue = 2", want: "line 2 of .* sets queue again"},
		{reason: "a value", file: "queue = many", want: "line 1 of .* no valid value for -queue"},
		{reason: "another file", file: "config = x", want: "names nothing that can be set;"},
		{
			reason: "no number", environ: []string{"MORESQL_QUEUE=1k"},
			want: "MORESQL_QUEUE has no valid value for -queue (write a whole number)",
		},
		{
			reason: "a time without a unit", file: "timeout = 30",
			want: "line 1 of .* for -timeout (write a number with a unit, such as 30s or 5m)",
		},
		{
			reason: "no truth value", file: "tables = on",
			want: "line 1 of .* for -tables (write true or false)",
		},
		{
			reason: "no share", environ: []string{"MORESQL_LOG_SAMPLE=1%"},
			want: "for -log-sample (write a number, such as 0.5)",
		},
		{
			reason: "no truth value of PostgREST", environ: []string{"PGRST_DB_CONFIG=on"},
			want: "PGRST_DB_CONFIG has no valid value (write true or false)",
		},
		{
			reason: "no truth value, which would turn off what is on by default",
			environ: []string{
				"PGRST_DB_CONFIG=0", "PGRST_DB_ANON_ROLE=web", "PGRST_DB_CHANNEL_ENABLED=yes",
			},
			want: "PGRST_DB_CHANNEL_ENABLED has no valid value (write true or false)",
		},
		{
			reason: "seconds with a unit", environ: []string{
				"PGRST_DB_CONFIG=false", "PGRST_DB_POOL_ACQUISITION_TIMEOUT=10s",
			},
			want: "PGRST_DB_POOL_ACQUISITION_TIMEOUT has no valid value (write a number of seconds)",
		},
		{
			reason: "no level", file: "log-level = verbose",
			want: "line 1 of .* for -log-level (write debug, info, warn or error)",
		},
		{reason: "no value", file: "queue", want: "line 1 of .* is not understood"},
		{reason: "a password", file: "addr = " + secret + " x", want: "is not understood"},
		{reason: "a quote", file: `addr = "` + secret, want: "is not understood"},
		{
			reason: "a variable's value", environ: []string{"MORESQL_QUEUE=" + secret},
			want: "MORESQL_QUEUE has no valid value for -queue",
		},
		{
			reason: "a list's value", environ: []string{"MORESQL_CORS=*,http://me:" + secret + "@a/"},
			want: "MORESQL_CORS has no valid value for -cors",
		},
	} {
		args := []string{}
		if test.file != "" {
			args = []string{"-config", write(t, "c", test.file)}
		}
		_, stderr, status := configured(t, test.environ, args...)
		at := 0
		for _, part := range strings.Split(test.want, ".*") {
			i := strings.Index(stderr[at:], part)
			if i < 0 {
				t.Errorf("%s: %s; want %s", test.reason, stderr, test.want)
				break
			}
			at += i
		}
		if status != 2 || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: exit status %d: %s", test.reason, status, stderr)
		}
	}
}

// Kubernetes sets variables of its own for a service that is called moresql.
func TestConfigWarnsOfVariablesThatItDoesNotKnow(t *testing.T) {
	_, stderr, status := configured(t, []string{
		"MORESQL_SERVICE_HOST=10.0.0.1", "MORESQL_MAX_ROW=" + secret,
		"MORESQL_TOKEN=" + secret, "MORESQL_AGAINST=" + secret, // of call and check
	})
	if status != 0 || strings.Contains(stderr, "TOKEN") || strings.Contains(stderr, "AGAINST") ||
		!strings.Contains(stderr, "MORESQL_SERVICE_HOST") ||
		!strings.Contains(stderr, "MORESQL_MAX_ROW in the environment is not known: "+
			"perhaps you mean MORESQL_MAX_ROWS") {
		t.Errorf("exit status %d: %s", status, stderr)
	}
}

// The URI of a database may be in a file, which ends with a newline. Some editors begin it, and
// other files, with a byte order mark.
func TestCommandReadsTheDatabaseFromAFile(t *testing.T) {
	file := write(t, "uri", "\ufeff"+newPostgreSQL(t)+"\n")
	config := write(t, "config", "\ufeffdatabase-uri = @"+file+"\r\nsuperuser = true\r\n")
	c := start(t, "", "-config", config, "-init")
	if status, _, body := c.get("/cars/1"); status != 200 {
		t.Errorf("%d %s", status, body)
	}
	c.stop()
	refuse(t, "the flag -database-uri: the file /none cannot be read", "", "-database-uri", "@/none")
}

// Every flag is in the document that lists them, with its text.
func TestDocumentHasEveryFlag(t *testing.T) {
	document, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	flags, want := new(options).flags(), new(bytes.Buffer)
	flags.SetOutput(want)
	flags.PrintDefaults()
	if !bytes.Contains(document, want.Bytes()) {
		t.Errorf("docs/configuration.md does not list what moresql -h does:\n%s", want)
	}
}
