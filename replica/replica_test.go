package replica

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"math"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/DATA-DOG/go-sqlmock"
	"github.com/lib/pq"

	"github.com/moresql/moresql/internal/exec"
)

var _ exec.Replicated = (*DB)(nil)

// TestReportRefersCallsToThePrimary only if it is the replica that fails.
func TestReportRefersCallsToThePrimary(t *testing.T) {
	for _, test := range []struct {
		reason string
		err    error
		ready  bool
	}{
		{"the server goes down", &pq.Error{Code: "57P01"}, false},
		{"the server comes up", fmt.Errorf("wrapped: %w", &pq.Error{Code: "57P03"}), false},
		{"the connection is lost", driver.ErrBadConn, false},
		{"the connection is lost in the middle of a response", io.ErrUnexpectedEOF, false},
		{"the server reports that the connection is lost", &pq.Error{Code: "08006"}, false},
		{"there is no connection", &exec.ConnectError{Err: errors.New("too many clients")}, false},
		{"a function writes", &pq.Error{Code: "25006"}, true},
		{"a query conflicts with the replay", &pq.Error{Code: "40001"}, true},
		{"a query takes too long", &pq.Error{Code: "57014"}, true},
		{"the encoder fails", errors.New("no"), true},
	} {
		d := New(nil, new(sql.DB), time.Second)
		d.until, d.ready = time.Now().Add(time.Hour), true
		d.Report(test.err)
		if ready := d.Replica(context.Background()) != nil; ready != test.ready {
			t.Errorf("%s: the replica is used: %v", test.reason, ready)
		}
	}
}

// mock returns a database that expects statements, all of which must arrive by the test's end.
func mock(t *testing.T) (*sql.DB, sqlmock.Sqlmock) {
	t.Helper()
	db, expect, err := sqlmock.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := expect.ExpectationsWereMet(); err != nil {
			t.Error(err)
		}
		db.Close()
	})
	return db, expect
}

// expectCall expects f, in a READ ONLY transaction if reads is set.
func expectCall(expect sqlmock.Sqlmock, reads bool) {
	if reads {
		expect.ExpectBegin()
	}
	expect.ExpectQuery(`SELECT \* FROM f\(\)`).WillReturnRows(sqlmock.NewRows([]string{"n"}).AddRow(1))
	if reads {
		expect.ExpectRollback()
	}
}

// call calls f.
func call(t *testing.T, db exec.Querier, reads bool) {
	t.Helper()
	statements := []exec.Statement{{Text: "SELECT * FROM f()"}}
	r, err := exec.Run(t.Context(), db, statements, exec.Options{ReadOnly: reads, Reads: reads})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Commit(); err != nil {
		t.Error(err)
	}
}

func TestReadingCallsGoToAReplicaThatKeepsUp(t *testing.T) {
	for _, test := range []struct {
		reason string
		lag    any
		err    error
		used   bool
	}{
		{"it is up to date", 0.0, nil, true},
		{"it lags by less than may be", 4.9, nil, true},
		{"it lags by more than may be", 5.1, nil, false},
		{"it has replayed nothing yet", nil, nil, false},
		{"its lag is not a number", math.NaN(), nil, false},
		{"it has no end of a lag", math.Inf(1), nil, false},
		{"it responds with an integer", 1, nil, false},
		{"it responds with a text", "abc", nil, false},
		{"it responds with the text of a number", "1e300", nil, false},
		{"it responds with a condition", true, nil, false},
		{"it responds with bytes", []byte{}, nil, false},
		{"it does not respond", nil, errors.New("no route to host"), false},
	} {
		t.Run(test.reason, func(t *testing.T) {
			primary, onPrimary := mock(t)
			standby, onReplica := mock(t)
			query := onReplica.ExpectQuery("pg_last_xact_replay_timestamp") // once for all calls
			if test.err != nil {
				query.WillReturnError(test.err)
			} else {
				query.WillReturnRows(sqlmock.NewRows([]string{"lag"}).AddRow(test.lag))
			}
			db := New(primary, standby, 5*time.Second)
			for range 2 {
				if test.used {
					expectCall(onReplica, true)
				} else {
					expectCall(onPrimary, true)
				}
				call(t, db, true)
			}
			expectCall(onPrimary, false)
			call(t, db, false)
		})
	}
}

// What responds with no row or with several is not a replica.
func TestReplicaRespondsWithOneRow(t *testing.T) {
	for _, rows := range [][]float64{{}, {9, 0}, {0, 0}} {
		primary, onPrimary := mock(t)
		standby, onReplica := mock(t)
		lags := sqlmock.NewRows([]string{"lag"})
		for _, lag := range rows {
			lags.AddRow(lag)
		}
		onReplica.ExpectQuery("pg_last_xact_replay_timestamp").WillReturnRows(lags)
		expectCall(onPrimary, true)
		call(t, New(primary, standby, 5*time.Second), true)
	}
}

// TestCallsGoToThePrimaryWithoutAConnection because nothing has been sent to the replica then.
func TestCallsGoToThePrimaryWithoutAConnection(t *testing.T) {
	primary, onPrimary := mock(t)
	standby, onReplica := mock(t)
	onReplica.ExpectQuery("pg_last_xact_replay_timestamp").
		WillReturnRows(sqlmock.NewRows([]string{"lag"}).AddRow(0.0))
	db := New(primary, standby, time.Second)
	expectCall(onReplica, true)
	call(t, db, true)

	onReplica.ExpectClose()
	standby.Close()
	for range 2 {
		expectCall(onPrimary, true)
		call(t, db, true)
	}
}

// TestReplicaThatFailsInRowsIsLeftAlone by the calls after the one that fails, which is not run
// again.
func TestReplicaThatFailsInRowsIsLeftAlone(t *testing.T) {
	primary, onPrimary := mock(t)
	standby, onReplica := mock(t)
	onReplica.ExpectQuery("pg_last_xact_replay_timestamp").
		WillReturnRows(sqlmock.NewRows([]string{"lag"}).AddRow(0.0))
	onReplica.ExpectBegin()
	onReplica.ExpectQuery("SELECT").WillReturnRows(
		sqlmock.NewRows([]string{"n"}).AddRow(1).AddRow(2).RowError(1, &pq.Error{Code: "57P01"}))
	onReplica.ExpectRollback()
	db := New(primary, standby, time.Second)
	statements := []exec.Statement{{Text: "SELECT * FROM f()"}}
	r, err := exec.Run(t.Context(), db, statements, exec.Options{ReadOnly: true, Reads: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Commit(); err == nil {
		t.Error("the call succeeds without all rows")
	}
	r.Close()
	expectCall(onPrimary, true)
	call(t, db, true)
}

// TestOtherStatementsGoToThePrimary as does what moresql does not run, such as the loading of a
// catalog.
func TestOtherStatementsGoToThePrimary(t *testing.T) {
	primary, onPrimary := mock(t)
	standby, _ := mock(t)
	onPrimary.ExpectQuery("SELECT 1").WillReturnRows(sqlmock.NewRows([]string{"n"}).AddRow(1))
	rows, err := New(primary, standby, time.Second).QueryContext(t.Context(), "SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	rows.Close()
}
