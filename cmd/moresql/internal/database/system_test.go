package database

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/moresql/moresql"
)

// A statement is a Caller whose procedures are whole statements.
type statement struct{}

func (statement) Statement(text string, _ []moresql.Param) (moresql.Statement, error) {
	return moresql.Statement{Query: text}, nil
}

// The errors are SQLite's own, since its driver does not let others construct them.
func TestSQLiteErrorsHaveTheirStatus(t *testing.T) {
	db, err := Place{System: embedded}.Open(t.TempDir(), PoolSize)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.install(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	m := moresql.New(db.Pool,
		moresql.CallBy(statement{}), moresql.Hooks{Logger: slog.New(slog.DiscardHandler)})
	for _, test := range []struct {
		statement string
		status    int
		public    bool
	}{
		{"INSERT INTO users SELECT * FROM users", http.StatusConflict, true},
		{"INSERT INTO users SELECT 2, username, password, email FROM users", http.StatusConflict, true},
		{"UPDATE cars SET name = NULL", http.StatusBadRequest, true},
		{"UPDATE cars SET name = ''", http.StatusBadRequest, true},
		{"UPDATE cars SET doors = 'two'", http.StatusBadRequest, true},
		{"SELECT 1 LIMIT 'x'", http.StatusBadRequest, true},
		{"SELECT", http.StatusInternalServerError, false},
	} {
		w := httptest.NewRecorder()
		m.Handler(test.statement).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
		title := `"message":"` + http.StatusText(w.Code) + `"` // of an error that shows nothing else
		public := !strings.Contains(w.Body.String(), title)
		if w.Code != test.status || public != test.public {
			t.Errorf("%s: %d %s", test.statement, w.Code, w.Body)
		}
	}
}

func TestMySQLErrorsAboutValuesAreClientErrors(t *testing.T) {
	for number, want := range map[uint16]int{
		1366: 400, 1048: 400, 3819: 400, 4025: 400, 1062: 409, 1064: 409,
	} {
		e := &moresql.Error{Status: 409, Err: &mysql.MySQLError{Number: number, Message: "no"}}
		if onMySQLError(e); e.Status != want || e.Public != (want == 400) {
			t.Errorf("%d: %+v", number, e)
		}
	}
}
