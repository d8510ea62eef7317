package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A value that MariaDB does not take for its length is one of a line, and others are imported.
func TestImportNamesAValueThatIsTooLongForThePacket(t *testing.T) {
	p := importPlaces(t, "import_packet", "(id int PRIMARY KEY, name text)")[1]
	mustExec(t, p.db, "ALTER TABLE import_packet MODIFY name longtext")
	mustExec(t, p.db, "CREATE OR REPLACE PROCEDURE import_packet_add(id int, name longtext) "+
		"INSERT INTO import_packet VALUES (id, name)")
	t.Cleanup(func() { p.db.Exec("DROP PROCEDURE import_packet_add") })
	before, most := count(t, p.db, "SELECT @@GLOBAL.max_allowed_packet"), 1<<20
	const limit = "SET GLOBAL max_allowed_packet = %d" // of later connections
	t.Cleanup(func() { p.db.Exec(fmt.Sprintf(limit, before)) })
	mustExec(t, p.db, fmt.Sprintf(limit, most))
	file := writeFile(t, "long.csv", "id,name\n1,a\n2,"+strings.Repeat("x", most+1)+"\n3,c\n4,d\n")
	for _, args := range [][]string{
		{"-into", p.table}, {"-into", p.table, "-key", "id", "-existing", "update"},
		{"-call", "import_packet_add"},
	} {
		args = append([]string{file}, args...)
		status, out := p.run(t, "", args...)
		if rows := p.rows(t, "id"); status != 1 || rows != "" || !strings.Contains(out, "line 3: ") ||
			!strings.Contains(out, "raise max_allowed_packet") {
			t.Errorf("%q: exit status %d, %.500s, rows\n%s", args[1:], status, out, rows)
		}
		rejects := filepath.Join(t.TempDir(), "rejects.csv")
		status, out = p.run(t, "", append(args, "-rejects", rejects)...)
		text, err := os.ReadFile(rejects)
		if rows := p.rows(t, "id, name"); status != 1 || rows != "1|a\n3|c\n4|d\n" || err != nil ||
			strings.Count(string(text), "\n") != 2 || !strings.Contains(string(text), "\n3,") {
			t.Errorf("%q, -rejects: exit status %d, %.500s, rows\n%s%.500s", args[1:], status, out, rows,
				text)
		}
		mustExec(t, p.db, "DELETE FROM import_packet")
	}
	// A packet of the user's choosing, which the server does not take, ends the connection.
	p.uri += fmt.Sprintf("?maxAllowedPacket=%d", 4*most)
	status, out := p.run(t, "", file, "-into", p.table)
	if status != 1 || !strings.Contains(out, "the connection was lost") {
		t.Errorf("exit status %d, %.500s", status, out)
	}
}
