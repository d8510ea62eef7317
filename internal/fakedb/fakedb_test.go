package fakedb

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
)

func TestRowsOverwriteWhatTheyHandedOut(t *testing.T) {
	values := []string{"first", "second"}
	rows := NewRows(Texts(values...), Ints(1, 1))
	dest := make([]driver.Value, 1)
	if err := rows.Next(dest); err != nil {
		t.Fatal(err)
	}
	kept := dest[0].([]byte)
	if string(kept) != "first" || rows.HasNextResultSet() {
		t.Errorf("the first row is %q, and there is a next set before the last row", kept)
	}
	rows.Next(dest)
	if string(kept) != "#####" {
		t.Errorf("the bytes of the first row are %q after the second", kept)
	}
	kept = dest[0].([]byte)
	if err := rows.Next(dest); err != io.EOF || !rows.HasNextResultSet() {
		t.Errorf("%v; want io.EOF and a set after it", err)
	}
	if err := rows.NextResultSet(); err != nil || strings.Trim(string(kept), "#") != "" {
		t.Errorf("%v, and the bytes of the second row are %q", err, kept)
	}
	rows.Next(dest)
	rows.Close()
	if err := rows.Next(dest); dest[0] != int64(1) || err == nil || err == io.EOF {
		t.Errorf("the row of the second set is %v; after Close there is %v", dest[0], err)
	}
	if !equal(NewRows(Texts(values...)), "first") {
		t.Error("the bytes of the test were overwritten")
	}
}

func equal(rows *Rows, want string) bool {
	dest := make([]driver.Value, 1)
	return rows.Next(dest) == nil && string(dest[0].([]byte)) == want
}

func TestMisuseIsFound(t *testing.T) {
	db := &DB{Can: Modern}
	made, err := db.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := made.(interface {
		driver.QueryerContext
		driver.ConnPrepareContext
		driver.Conn
	})
	rows, _ := c.QueryContext(t.Context(), "a", nil)
	c.QueryContext(t.Context(), "b", nil) // while the rows of a are open
	rows.Close()
	stmt, _ := c.PrepareContext(t.Context(), "c")
	stmt.Close()
	stmt.Close()
	c.Close()
	c.PrepareContext(t.Context(), "d")
	for text, times := range map[string]int{
		"still has the rows of a": 1,
		"is closed twice":         1,
		"connection 1 is closed":  1,
	} {
		if n := strings.Count(strings.Join(db.misuse, "\n"), text); n != times {
			t.Errorf("%q is found %d times, want %d: %q", text, n, times, db.misuse)
		}
	}
}

// TestRecordSeesEveryStatement, whatever the driver can do, and changes nothing.
func TestRecordSeesEveryStatement(t *testing.T) {
	errFake := errors.New("division by zero")
	for _, test := range []struct {
		can    Ability
		begins bool
		want   string
	}{
		{0, false, "a, b: division by zero"},
		{Modern, true, "BEGIN, a, b: division by zero"},
	} {
		var mu sync.Mutex
		var saw []string
		f := &DB{Can: test.can, Results: map[string]Result{
			"b":         {Err: errFake},
			"prepare b": {Err: errFake},
		}}
		db := sql.OpenDB(Record(f, func(text string, err error) {
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				text += ": " + err.Error()
			}
			saw = append(saw, text)
		}))
		defer db.Close()
		if test.begins {
			tx, err := db.Begin()
			if err != nil {
				t.Fatal(err)
			}
			tx.Rollback()
		}
		n := 0
		if err := db.QueryRow("a").Scan(&n); err != nil || n != 1 {
			t.Errorf("a returns %d, %v", n, err)
		}
		if err := db.QueryRow("b").Scan(&n); !errors.Is(err, errFake) {
			t.Errorf("b returns %v", err)
		}
		if got := strings.Join(saw, ", "); got != test.want {
			t.Errorf("recorded %q, want %q", got, test.want)
		}
	}
}
