package importer

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/moresql/moresql/catalog"
)

// A server says in its own language where COPY is (src/backend/po of PostgreSQL 15).
func TestPlacesOfCOPYInOtherLanguages(t *testing.T) {
	w := &writer{job: &job{target: &target{relation: &catalog.Relation{Name: "t"}}}}
	for _, test := range []struct {
		language, where string
		row             int
		sure            bool
		column          string
	}{
		{"German", "COPY t, Zeile 3, Spalte price: »x«", 2, true, "price"},
		{"French", "COPY t, ligne 3, colonne price : « x »", 2, true, "price"},
		{"French, a row", "COPY t, ligne 3 : « 1\tx »", 2, true, ""},
		{"Chinese", `COPY t, 第 3 行, 列 price: "x"`, 2, true, "price"},
		{"Chinese, only a line", "COPY t, 第 3 行", 2, false, ""},
		{"Japanese, the table comes first", `tのCOPY、行 3、列 price: "x"`, -1, false, ""},
	} {
		at := w.rowOf(&pgconn.PgError{Where: test.where}, 9)
		if at.row != test.row || at.sure != test.sure || at.column != test.column {
			t.Errorf("%s: row %d, %t, column %q, want %d, %t, %q", test.language,
				at.row, at.sure, at.column, test.row, test.sure, test.column)
		}
	}
}

// A file that nobody reads any more is no connection that is lost.
func TestRejectsIntoAPipeThatIsClosed(t *testing.T) {
	reader, file, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	r := &rejects{open: func(bool) (RejectsFile, error) { return file, nil }}
	defer r.close()
	if err := r.add(&refused{}); err == nil || isLost(err) {
		t.Errorf("%v", err)
	}
}
