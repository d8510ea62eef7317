package main

import (
	"strings"
	"testing"
)

// A file as other programs write it has the rows that it shows in these.
func TestImportReadsFilesAsOthersWriteThem(t *testing.T) {
	p := importPlaces(t, "import_files", importColumns)[2]
	for _, test := range []struct{ reason, text, want string }{
		{"the line for Excel", "\ufeffsep=;\r\nid;name\r\n1;a,b\r\n", "1|a,b\n"},
		{"its tab", "sep=\t\nid\tname\n1\ta,b\n", "1|a,b\n"},
		{"a column of that name", "sep=,id\n", ""},
		{"empty lines before the names", "\n\r\n\nid,name\n1,a\n", "1|a\n"},
		{"CR alone, and LF in quotes", "id,name\r1,\"a\nb\"\r2,c\r", "1|a\nb\n2|c\n"},
		{"LF, and CR in quotes", "id,name\n1,\"a\rb\"\n2,c\n", "1|a\rb\n2|c\n"},
	} {
		mustExec(t, p.db, "DELETE FROM import_files")
		status, out := p.run(t, "", writeFile(t, "file.csv", test.text), "-into", p.table)
		if got := p.rows(t, "id, name"); got != test.want || status == 0 == (test.want == "") {
			t.Errorf("%s: exit status %d, %s, rows %q, want %q", test.reason, status, out, got, test.want)
		}
		mustExec(t, p.db, "DELETE FROM import_files")
		p.run(t, test.text, "-", "-into", p.table)
		if got := p.rows(t, "id, name"); got != test.want {
			t.Errorf("%s, as a stream: rows %q, want %q", test.reason, got, test.want)
		}
	}
	mustExec(t, p.db, "DELETE FROM import_files")
	status, out := p.run(t, "", writeFile(t, "file.csv", "sep=;\n\nid;name\nx;a\n"), "-into", p.table)
	if status != 1 || !strings.Contains(out, "line 4, column id") {
		t.Errorf("the lines before the names are not counted: exit status %d, %s", status, out)
	}
}

// What is no text, and what has no names, is said to be that.
func TestImportSaysWhatAFileIs(t *testing.T) {
	p := importPlaces(t, "import_says", importColumns)[2]
	for _, test := range []struct{ name, text, want string }{
		{"cars.xlsx", "PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00", "is a ZIP archive"},
		{"cars.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00", "is a document of Microsoft Office"},
		{"cars.csv.xz", "\xfd7zXZ\x00\x00\x04", "compressed by xz"},
		{"cars.csv.bz2", "BZh91AY&SY\x00\x00", "compressed by bzip2"},
		{"cars.csv", "id,name,\n1,a,\n", `a column without a name: leave it out by -map "="`},
		{"cars.json", "{\n  \"id\": 1\n}\n", "line 1: is not valid JSON"},
		{"cars.json", "{\n  \"id\": 1\n}\n", "each line"},
		{"cars.json", "[1, 2]", "record 1: is not a JSON object"},
		{"cars.csv", "id,price\n1,\"1,50\"\n", "is not a number with a decimal point"},
	} {
		status, out := p.run(t, "", writeFile(t, test.name, test.text), "-into", p.table)
		if status != 1 || !strings.Contains(out, test.want) {
			t.Errorf("%s: exit status %d, want %q: %s", test.name, status, test.want, out)
		}
	}
}

// What is said of CSV means nothing for JSON, and the names of the columns are no row.
func TestImportRefusesWhatIsForOtherFiles(t *testing.T) {
	p := importPlaces(t, "import_other", "(id varchar(9), name varchar(9))")[2]
	object := writeFile(t, "cars.ndjson", `{"id": "1"}`)
	csv := writeFile(t, "cars.csv", "ID,name\n1,a\n")
	for _, test := range []struct {
		args []string
		want string // "" for no error
		rows string
	}{
		{[]string{object, "-null", "NULL"}, "-null is for CSV", ""},
		{[]string{object, "-delimiter", ";"}, "-delimiter is for CSV", ""},
		{[]string{object, "-quote", "none"}, "-quote is for CSV", ""},
		{[]string{object, "-header", "no"}, "-header is for CSV", ""},
		{[]string{object, "-columns", "id"}, "-columns is for CSV", ""},
		{[]string{csv, "-columns", "id,name"}, "-header yes", ""},
		{[]string{csv, "-columns", "id,name", "-header", "yes"}, "", "1|a\n"},
		{[]string{csv, "-columns", "id,name", "-header", "no"}, "", "1|a\nID|name\n"},
		{[]string{csv, "-columns", "name,id"}, "", "a|1\nname|ID\n"},
	} {
		mustExec(t, p.db, "DELETE FROM import_other")
		status, out := p.run(t, "", append(test.args, "-into", p.table)...)
		if rows := p.rows(t, "id, name"); status == 0 != (test.want == "") || rows != test.rows ||
			!strings.Contains(out, test.want) {
			t.Errorf("%q: exit status %d, want %q: %s, rows\n%s", test.args[1:], status, test.want, out,
				rows)
		}
	}
}
