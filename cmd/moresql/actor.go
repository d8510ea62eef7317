package main

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"flag"
	"log/slog"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/cmd/moresql/internal/database"
	"github.com/moresql/moresql/cmd/moresql/internal/secrets"
	"github.com/moresql/moresql/cmd/moresql/internal/token"
)

// An actor is who runs the calls of a client that the user of the machine has started.
type actor struct{ role, claims string }

func (a *actor) flags(flags *flag.FlagSet) {
	flags.StringVar(&a.role, "role", "",
		"run each call as the `ROLE` (PostgreSQL); without it as that of -claims or of -anon-role, or\n"+
			"else as the login")
	flags.StringVar(&a.claims, "claims", "",
		"let calls find the claims `JSON`, an object, in request.jwt.claims; or those in the file\n"+
			"after @")
}

// session returns the option that has calls run as the actor, with all that they find set when a
// server runs them by a token; nothing if that is the login.
func (a *actor) session(o *options, where database.Place) ([]moresql.Option, error) {
	if (a.role != "" || a.claims != "") && !where.System.Settings {
		return nil, errors.New("-role and -claims are for PostgreSQL, which runs a call as a role")
	}
	claims, err := a.read()
	switch {
	case err != nil:
		return nil, err
	case claims.Role == "" && a.claims != "":
		return nil, errors.New("-claims are those of a role: name it with -role, or as their role")
	case claims.Role == "" && !o.auth.on() && where.System.Settings:
		return nil, o.conf.CheckEmptied("role", "claims")
	case claims.Role == "" && !o.auth.on():
		return nil, nil
	case claims.Role == "" && o.auth.anon == "":
		return nil, errors.New("a server would want a token: name the role with -role")
	case claims.Role != "" && !token.IsRole(claims.Role):
		return nil, errors.New("-role must be the name of a role")
	}
	who := &identity{auth: &o.auth, schemas: o.schemas}
	return []moresql.Option{moresql.Session(func(r *http.Request) (moresql.Settings, error) {
		return who.settingsFor(r, claims)
	})}, nil
}

// read returns the claims of the actor, and the role that is theirs unless a flag names another.
func (a *actor) read() (*token.Claims, error) {
	claims := &token.Claims{Role: a.role}
	text, err := secrets.Read(a.claims)
	if err != nil || text == "" {
		return claims, err
	}
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &object) != nil || object == nil {
		return nil, errors.New("-claims is a JSON object, such as " + `'{"sub": "ada"}'`)
	}
	claims.JSON = json.RawMessage(text)
	if a.role == "" && object["role"] != nil {
		err = json.Unmarshal(object["role"], &claims.Role)
	}
	return claims, err
}

// openAs opens the database, and returns what is served of it to the actor. Close the database in
// the end.
func (o options) openAs(ctx context.Context, who *actor, log *slog.Logger) (*api, error) {
	where, err := o.served()
	if err != nil {
		return nil, err
	}
	session, err := who.session(&o, where)
	if err != nil {
		return nil, err
	}
	before, err := o.auth.before()
	if err != nil {
		return nil, err
	}
	db, err := where.Open(o.data, o.connections)
	if err != nil {
		return nil, err
	}
	db.Bound(o.memory, o.timeout)
	a := &api{
		m:  moresql.New(db.Pool, append(o.calls(db, log), session...)...),
		db: db, schemas: o.schemas, folder: o.sqlFiles,
		tables: o.tables, grouped: o.grouped, whole: o.whole,
		channels:  o.events,
		superuser: o.superuser, txEnd: o.txEnd, maxRows: o.maxRows, toolRows: o.toolRows,
		limits: o.limits,
		before: before, secured: o.auth.on(), server: o.openAPIServer,
	}
	if err := a.prepare(ctx, o.install); err != nil {
		db.Close()
		return nil, err
	}
	return a, nil
}

// A roleConnector makes connections of PostgreSQL that have only the rights of a role.
type roleConnector struct {
	driver.Connector
	role string
}

// Connect implements driver.Connector.
func (c roleConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	text := "SET ROLE " + pgx.Identifier{c.role}.Sanitize()
	if _, err := conn.(driver.ExecerContext).ExecContext(ctx, text, nil); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}
