package explorertest

import (
	"database/sql"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"
)

// The tables of a file of SQLite are there as those of PostgreSQL are, with what their foreign keys
// embed.
func TestPartsOfRelationsOfSQLiteAreChosen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "films.db")
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	execute(t, db, `
		CREATE TABLE directors (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
		CREATE TABLE films (
			id INTEGER PRIMARY KEY, title TEXT NOT NULL, director INTEGER REFERENCES directors
		) STRICT;
		INSERT INTO directors VALUES (1, 'Peter Yates'), (2, 'Lee H. Katzin');
		INSERT INTO films VALUES (1, 'Bullitt', 1), (2, 'The Love Bug', NULL), (3, 'Le Mans', 2)`)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	address := start(t, "sqlite://"+file, "-tables")
	p := open(t)
	p.visit(address, "/films", "")
	p.tick("Columns", "director")
	p.tick("", "directors")
	p.filter("title", "like", "B*", "Add filter")
	p.filter("id", "gte", "3", "Or")
	p.shows(address, "/films?or=(title.like.B*,id.gte.3)&select=id,title,directors(*)")
	p.visit(address, "/directors", "#method=post&a.id=3&a.name=Robert Stevenson")
	p.run()
	p.await("document.querySelector('.ok')?.innerText.startsWith('201')")
	p.visit(address, "/directors", "#select=name,films(title)&order=name.asc")
	p.shows(address, "/directors?select=name,films(title)&order=name")
}
