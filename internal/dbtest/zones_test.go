package dbtest

import (
	"context"
	"database/sql"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/moresql/moresql"
)

// zoneChild is the local time zone of the processes that inZone starts.
const zoneChild = "MORESQL_TEST_ZONE"

// inZone runs a test in a process of its own, whose local time zone is the one named: it cannot be
// changed in this one, where connections that earlier tests have left may still read it.
func inZone(t *testing.T, zone string, test func(t *testing.T)) {
	t.Helper()
	if child := os.Getenv(zoneChild); child != "" {
		if child == zone {
			test(t)
		}
		return
	}
	top, _, _ := strings.Cut(t.Name(), "/")
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+top+"$", "-test.v")
	child.Env = append(os.Environ(), zoneChild+"="+zone)
	output, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS: "+top) {
		t.Errorf("in %s: %v\n%s", zone, err, output)
	}
}

// TestTimesHaveTheZoneOfTheSession reads instants with each driver, in sessions and programs of
// different zones, and compares them with to_json.
func TestTimesHaveTheZoneOfTheSession(t *testing.T) {
	inZone(t, "Asia/Tokyo", timesHaveTheZoneOfTheSession)
}

func timesHaveTheZoneOfTheSession(t *testing.T) {
	const times = `unnest(ARRAY['2024-01-02 03:04:05.5+00', '2024-07-02 03:04:05+00', NULL,
		'1880-01-01 00:00:00+00', '0044-03-15 12:00:00+00 BC', '2096-10-05 12:00:00+00', 'infinity',
		'2024-03-31 01:00:00+00', '2024-10-27 01:00:00+00']::timestamptz[]) AS v`
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		// Zones with the same past in every edition of the time zone data, of which the server may
		// have another than the program: EST5EDT had none before 2024.
		for _, zone := range []string{
			"UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Etc/GMT+5", "Africa/Monrovia",
		} {
			conn, err := db.Conn(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.ExecContext(context.Background(), "SET TimeZone = '"+zone+"'"); err != nil {
				t.Fatal(err)
			}
			var want string
			text := "SELECT json_agg(json_build_object('v', v, 'list', ARRAY[v]))::text FROM " + times
			if err := conn.QueryRowContext(context.Background(), text).Scan(&want); err != nil {
				t.Fatal(err)
			}
			tx, err := conn.BeginTx(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			m := moresql.New(tx, moresql.CallBy(query{}))
			check(t, zone, stream(t, m, "SELECT v, ARRAY[v] AS list FROM "+times), want)
			tx.Rollback()
			conn.Close()
		}
	})
	eachConnector(t, func(t *testing.T, db *sql.DB) {
		db.SetMaxOpenConns(1)
		setUp(t, db, "SET TimeZone = 'Europe/Berlin'")
		for _, options := range [][]moresql.Option{nil, {moresql.ReadOnly()}} { // in a pipeline too
			m := moresql.New(db, append(options, moresql.CallBy(query{}))...)
			_, got := do(m.Handler("SELECT v FROM "+times), "GET", "/", "", "")
			if strings.Contains(got, "+09:00") || !strings.Contains(got, "2024-07-02T05:04:05+02:00") {
				t.Errorf("in Berlin %s", got)
			}
		}
	})
}
