package dataset

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Role is who may call the functions below in a session.
const Role = "bench_user"

// small are functions of CustomerTable that return one small row, so that what a call costs counts
// and not what it returns. A session shows in a row of mine and of seen. Only the last may write,
// as far as its declaration says.
var small = []string{createRole, `
GRANT SELECT ON customer TO ` + Role, `
CREATE OR REPLACE FUNCTION one(a int) RETURNS TABLE (id int, name text) LANGUAGE sql STABLE AS
	'SELECT c.id, c.name FROM customer c WHERE c.id = $1'`, `
CREATE OR REPLACE FUNCTION mine(a int) RETURNS TABLE (id int, name text, role text, sub text)
	LANGUAGE sql STABLE AS '` + mine + `'`, `
CREATE OR REPLACE FUNCTION seen(a int) RETURNS TABLE (id int, name text, role text, sub text)
	LANGUAGE sql VOLATILE AS '` + mine + `'`}

const createRole = `
DO $$ BEGIN CREATE ROLE ` + Role + `; EXCEPTION WHEN duplicate_object THEN NULL; END $$`

// The claims are ” where an earlier transaction had some.
const mine = `
	SELECT c.id, c.name, current_user::text,
		nullif(current_setting(''request.jwt.claims'', true), '''')::json ->> ''sub''
	FROM customer c WHERE c.id = $1`

// One is the row of one.
type One struct {
	ID   int32  `db:"id" json:"id"`
	Name string `db:"name" json:"name"`
}

// GetOne returns two columns by a key in the query.
var GetOne = Function[One]{
	Name:   "one",
	Params: []string{"a"},
	Args:   func(r *http.Request) ([]any, error) { return intArg(r, "a") },
	Scan:   func(s Scanner, v *One) error { return s.Scan(&v.ID, &v.Name) },
}

// Mine is the row of mine and seen.
type Mine struct {
	ID   int32   `db:"id" json:"id"`
	Name string  `db:"name" json:"name"`
	Role string  `db:"role" json:"role"`
	Sub  *string `db:"sub" json:"sub"`
}

func scanMine(s Scanner, v *Mine) error { return s.Scan(&v.ID, &v.Name, &v.Role, &v.Sub) }

// GetMine returns a row by a key in the query, with the role and the user of the session.
var GetMine = Function[Mine]{
	Name:   "mine",
	Params: []string{"a"},
	Args:   func(r *http.Request) ([]any, error) { return intArg(r, "a") },
	Scan:   scanMine,
}

// PostSeen is GetMine as a function that may write, with the key in a body.
var PostSeen = Function[Mine]{
	Name:   "seen",
	Params: []string{"a"},
	Args: func(r *http.Request) ([]any, error) {
		var body struct {
			A int32 `json:"a"`
		}
		if err := json.NewDecoder(io.LimitReader(r.Body, maxBody)).Decode(&body); err != nil {
			return nil, fmt.Errorf("body: %w", err)
		}
		return []any{body.A}, nil
	},
	Scan: scanMine,
}
