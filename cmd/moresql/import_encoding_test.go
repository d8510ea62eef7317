package main

import (
	"os/exec"
	"strings"
	"testing"
)

// through returns what a program of the system makes of a text.
func through(t *testing.T, text string, program ...string) string {
	t.Helper()
	c := exec.Command(program[0], program[1:]...)
	c.Stdin = strings.NewReader(text)
	out, err := c.Output()
	if err != nil {
		t.Fatal(program, err)
	}
	return string(out)
}

// Files are as other programs write them: iconv, gzip and zstd. Each is found out by itself but for
// those encodings that look like another.
func TestImportReadsFilesOfOtherPrograms(t *testing.T) {
	const western = "1|naïve Größe|1.25\n2|NULL|2.75\n"
	const any = "1|日本 – „Größe“ €|1.25\n2|NULL|2.75\n"
	csv := func(rows, delimiter string) string {
		text := "id|name|price\n" + strings.ReplaceAll(rows, "NULL", "")
		return strings.ReplaceAll(text, "|", delimiter)
	}
	encoded := func(rows, encoding string) string {
		return through(t, csv(rows, ","), "iconv", "-f", "UTF-8", "-t", encoding)
	}
	packed := func(text, program string) string { return through(t, text, program, "-c") }
	for _, p := range importPlaces(t, "import_encoded", importColumns) {
		if p.name == "MariaDB" {
			mustExec(t, p.db, "ALTER TABLE import_encoded CONVERT TO CHARACTER SET utf8mb4")
		}
		for _, test := range []struct {
			reason, text, want string
			args               []string
		}{
			{reason: "UTF-8", text: csv(any, ","), want: any},
			{reason: "semicolons", text: csv(any, ";"), want: any},
			{reason: "tabs", text: csv(any, "\t"), want: any},
			{reason: "bars", text: csv(any, "|"), want: any},
			{reason: "a letter that nobody guesses", text: csv(any, "^"), want: any,
				args: []string{"-delimiter", "^"}},
			{reason: "UTF-16 with its mark", text: encoded(any, "UTF-16"), want: any},
			{reason: "UTF-16LE without one", text: encoded(any, "UTF-16LE"), want: any},
			{reason: "UTF-16BE without one", text: encoded(any, "UTF-16BE"), want: any},
			{reason: "UTF-16LE with a letter whose code ends with zeros", want: "1|一月 😀|1.25\n",
				text: encoded("1|一月 😀|1.25\n", "UTF-16LE")},
			{reason: "UTF-16BE with its mark", text: "\xfe\xff" + encoded(any, "UTF-16BE"), want: any},
			{reason: "Latin-1", text: encoded(western, "ISO-8859-1"), want: western},
			{reason: "Latin-1 by name", text: encoded(western, "ISO-8859-1"), want: western,
				args: []string{"-encoding", "latin1"}},
			{reason: "Windows-1252", want: "1|„€“|1.25\n",
				text: encoded("1|„€“|1.25\n", "CP1252")},
			{reason: "gzip", text: packed(csv(any, ","), "gzip"), want: any},
			{reason: "two parts of gzip", want: any,
				text: packed(csv(any, ",")[:20], "gzip") + packed(csv(any, ",")[20:], "gzip")},
			{reason: "zstd", text: packed(csv(any, ","), "zstd"), want: any},
			{reason: "gzip of UTF-16", text: packed(encoded(any, "UTF-16"), "gzip"), want: any},
			{reason: "zstd of NDJSON", want: any, text: packed(
				`{"id":1,"name":"日本 – „Größe“ €","price":1.25}`+"\n"+
					`{"id":2,"price":2.75}`, "zstd")},
		} {
			for _, stdin := range []bool{false, true} {
				mustExec(t, p.db, "DELETE FROM "+p.table)
				file, in := writeFile(t, "data", test.text), ""
				if stdin {
					file, in = "-", test.text
				}
				status, out := p.run(t, in, append([]string{file, "-into", p.table}, test.args...)...)
				if strings.Contains(out, "-encoding names another") && test.args != nil {
					t.Errorf("%s, %s: what has been named counts as guessed\n%s", p.name, test.reason, out)
				}
				if got := p.rows(t, "id, name, price"); status != 0 || got != test.want {
					t.Errorf("%s, %s: status %d\n%s\n%s", p.name, test.reason, status, out, got)
				}
			}
		}
		// What is cut has ended well nowhere, also if its last row looks whole.
		mustExec(t, p.db, "DELETE FROM "+p.table)
		long := manyRows(5000)
		for _, program := range []string{"gzip", "zstd"} {
			whole := packed(long, program)
			file := writeFile(t, "data", whole[:len(whole)-9])
			if status, out := p.run(t, "", file, "-into", p.table); status != 1 ||
				p.rows(t, "id") != "" || !strings.Contains(out, "moresql: the input cannot be read") {
				t.Errorf("%s, %s that is cut: status %d\n%s", p.name, program, status, out)
			}
		}
	}
}
