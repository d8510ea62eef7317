package main

const usage = `moresql serves a sample API, in which each route calls one stored procedure, or every
function and procedure of a database's schemas.

Usage:

	moresql [serve] [flags] [postgrest.conf]
	moresql call [name=value]  calls a routine, see moresql call -h
	moresql import FILE …      writes a file to a table or to a routine, see moresql import -h
	moresql check [flags]      finds what is wrong with a database, see moresql check -h
	moresql completion SHELL   prints what has bash, zsh or fish complete words
	moresql config [flags]     prints what is in force and where it comes from
	moresql openapi [flags]    prints the OpenAPI document
	moresql mcp [flags]        serves the routines as tools of a language model, on stdio
	moresql version

It needs no database: without one it brings its own, SQLite with one .sql file for each
procedure. To run the same routes on another database, name it in the environment variable
MORESQL_DATABASE_URI, or else in DATABASE_URL, and let -init install the sample:

	MORESQL_DATABASE_URI=postgres://user:password@host:5432/database moresql -init
	MORESQL_DATABASE_URI=mysql://user:password@host:3306/database moresql -init

To serve the functions and procedures of your own schemas, each at /rpc/ followed by its
name, name the schemas (MySQL: the databases):

	MORESQL_DATABASE_URI=postgres://user:password@host:5432/database moresql -schema api

SQLite has no functions. The tables of a file of your own are served by -tables, and .sql files
like functions by -sql, which is for any database:

	moresql -db films.db -tables -sql queries/

DuckDB has macros, which are served like functions if the command was built with -tags duckdb:

	moresql -db cars.duckdb

With -tables the tables and views of the schemas are served, too, each at its name. GET reads
them, with what foreign keys lead to embedded: /films?select=title,directors(name)&order=title
POST inserts rows (JSON, NDJSON, CSV or a form), PATCH and DELETE change those that a filter
selects, and PUT puts one by its primary key. What a role may do its rights say.

The sample is then served only where it is installed. The routes follow the database: on
PostgreSQL after NOTIFY moresql, which event triggers can send (see docs/reload.md), and on
any database after the signal SIGHUP, which has the configuration read again as well. A GET
runs in a transaction that can only read.

Every route responds in the format that the request accepts: JSON, CSV, an HTML table for
browsers and a chart for their <img>, Arrow, MessagePack and more; at /rpc/ text/plain is the
bare value. On PostgreSQL and SQLite, /cars and lists at /rpc/ can be filtered, ordered and
paged, as in /cars?doors=eq.4&order=name&limit=10.

PostgreSQL is opened by pgx, which keeps statements prepared where that is safe; ?driver=pq
at the end of the URI has lib/pq instead.

It prints every route with a curl line to try it. Ctrl-C stops it.

GET / lists the routes while it runs, in a browser on a page with a form for each, and
GET /openapi.json describes them in OpenAPI 3.1. GET /health says that it runs, without a
look at the database; GET /ready says whether a call would reach the database, and the log
what is wrong.

By default it listens on this machine only (-addr) and refuses a superuser of the database
(-superuser), and pages of other origins can read nothing and write nothing (-cors). Caches
keep no response unless the function says so in response.headers (-http-settings). Time,
queue, rows and bytes are limited: see the defaults below.

Every flag can also be set in the environment, -max-rows by MORESQL_MAX_ROWS, and in the file
that -config names, by a line max-rows = 100; lists are separated by commas there, and -events
and -setting are on several lines. A flag goes before the environment, and that before the file.

PostgREST's variables, PGRST_DB_URI and the others, and its file as the one argument mean here
what they mean there: the tables of the schemas are served at /, and the functions at /rpc/.

Flags:

`
