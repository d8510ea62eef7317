package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/moresql/moresql/cmd/moresql/internal/database"
	"github.com/moresql/moresql/rest"
)

// where returns the place that -database-uri names.
func (o *options) where() (database.Place, error) {
	if o.conf.Unread != nil {
		return database.Place{}, o.conf.Unread
	}
	return database.Locate(o.conf.From["database-uri"], o.database)
}

// served is where for a database that is served. The options have to go together with it; where
// they name no schemas, but serve what schemas have, those are what it serves by itself.
func (o *options) served() (database.Place, error) {
	where, err := o.where()
	if err != nil {
		return database.Place{}, err
	}
	if len(o.schemas) == 0 && (o.tables || where.System.Routines && o.sqlFiles == "") {
		o.schemas = where.System.Schemas
	}
	return where, o.check(where)
}

// check reports a flag that the database does not support.
func (o options) check(where database.Place) error {
	switch {
	case o.sqlFiles != "" && where.Connector == nil:
		return errors.New("-sql is for a database of your own: name it with -db, or in the " +
			"environment variable MORESQL_DATABASE_URI")
	case o.sqlFiles != "" && len(o.schemas) > 0 &&
		(where.System.Folder != "" || where.System.Routines):
		return errors.New("-sql and -schema both serve at /rpc/: leave one of them out")
	case o.mcp && o.sqlFiles != "": // the files are the tools
	case o.tables && where.System.Routines:
		return fmt.Errorf("-tables is not for %s: serve a table by a macro, "+
			"CREATE MACRO films() AS TABLE FROM films", where.Server)
	case o.mcp && where.HasNoRoutines():
		return fmt.Errorf("tools are functions and procedures, which %s does not have", where.Server)
	case o.mcp && where.Connector != nil && len(o.schemas) == 0:
		return errors.New("tools are the routines of a schema: name it with -schema")
	case where.Connector != nil && where.System.Folder == "" && o.install:
		return fmt.Errorf("-init is for the sample, which has no place in %s: leave it out, or %s",
			where.Server, where.Variable)
	case where.HasNoRoutines() && !o.tables && o.sqlFiles == "":
		return fmt.Errorf("%s has tables and no routines: serve them with -tables, "+
			"or files with -sql", where.Server)
	case len(o.schemas) > 0 && where.Connector == nil:
		return errors.New("-schema is for a database of your own: name it in the environment " +
			"variable MORESQL_DATABASE_URI")
	case o.events != nil && where.Notifier == nil:
		return fmt.Errorf("-events is for PostgreSQL: %s has no NOTIFY", where.System.Name)
	case !o.auth.on() && slices.ContainsFunc(o.events, isRestricted):
		return errors.New("-events with roles is for requests that have one: give -jwt-secret, or " +
			"leave the roles out")
	case o.auth.on() && !where.System.Settings:
		return errors.New("-jwt-secret and -anon-role are for PostgreSQL, which runs a call as a role")
	case o.tables && len(o.schemas) == 0:
		return errors.New("-tables is for the tables of a schema: name it with -schema")
	case o.grouped && !o.tables:
		return errors.New("-aggregates is for requests for tables: add -tables")
	case o.whole && !o.tables:
		return errors.New("-unfiltered-writes is for requests for tables: add -tables")
	case o.txEnd != rest.Commit && !where.System.Settings && where.System.Folder != "":
		return errors.New("-tx-end is for PostgreSQL and for files of SQLite: what a procedure of " +
			"another database has done is not always taken back")
	case o.superuser && where.System.Superuser == nil:
		return errors.New("-superuser is for PostgreSQL and MySQL: files have no users")
	case o.httpSettings && !where.System.Settings:
		return fmt.Errorf("-http-settings is for PostgreSQL: the calls of %s have no settings",
			where.System.Name)
	case o.maxRows > 0 && !where.System.Filterable && len(o.schemas) == 0 && o.sqlFiles == "":
		return fmt.Errorf("-max-rows limits nothing of the sample on %s: name a -schema",
			where.System.Name)
	}
	return nil
}
