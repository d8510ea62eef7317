package config

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/cmd/moresql/internal/database"
)

// inDatabase are the settings that PostgREST reads in the database, by the names that follow pgrst.
// (its documentation, "In-Database Configuration").
var inDatabase = []string{
	"client_error_verbosity", "db_aggregates_enabled", "db_anon_role", "db_extra_search_path",
	"db_hoisted_tx_settings", "db_max_rows", "db_plan_enabled", "db_pre_config", "db_pre_request",
	"db_prepared_statements", "db_root_spec", "db_schemas", "db_tx_end", "jwt_aud",
	"jwt_cache_max_entries", "jwt_role_claim_key", "jwt_secret", "jwt_secret_is_base64",
	"openapi_mode", "openapi_security_active", "openapi_server_proxy_uri",
	"server_cors_allowed_origins", "server_timing_enabled", "server_trace_header",
	"url_use_legacy_target_names",
}

// addDatabase adds the database that PostgREST's settings name, and to them those that are in it.
func (c *Config) addDatabase(p postgrest, environ []string) error {
	uri, from := p.get("db-uri", "postgresql://")
	uri, err := libpqURI(uri, environ)
	if err != nil {
		return fmt.Errorf("%s %w", from, err)
	}
	if err := c.add(from, "database-uri", uri); err != nil {
		return err
	}
	enabled, _, err := p.isOn("db-config")
	if err != nil {
		return err
	}
	if enabled && c.From["db"] == "" {
		c.Unread = p.addDatabase(c.From["database-uri"], c.Text("database-uri"))
	}
	return nil
}

// addDatabase adds the settings in the database at a URI, which go before the variables and the
// file: those that the function db-pre-config sets, and before them those of the login, which ALTER
// ROLE sets, first those for this database alone. from is where the URI comes from.
func (p postgrest) addDatabase(from, uri string) error {
	where, err := database.Locate(from, uri)
	if err != nil || !where.System.Settings {
		return nil // whoever opens the database reports it
	}
	db, err := where.Open("", 1)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	preConfig, source := p.get("db-pre-config", "")
	settings, err := readSettings(ctx, db.Pool, "")
	if name := settings["db_pre_config"]; name != "" {
		preConfig, source = name, "pgrst.db_pre_config in the database"
	}
	if err == nil && preConfig != "" {
		settings, err = readSettings(ctx, db.Pool, preConfig)
	}
	if err != nil {
		if preConfig != "" {
			from += " and " + source
		}
		return fmt.Errorf("the configuration in the database, of %s, cannot be read: %w; without it "+
			"set PGRST_DB_CONFIG=false", from, db.Explain(err))
	}
	for name, value := range settings {
		p.put(strings.ReplaceAll(name, "_", "-"), value, "pgrst."+name+" in the database")
	}
	return nil
}

// readSettings returns PostgREST's settings in a database, after a call of a function that sets
// some for its transaction, "" for none.
func readSettings(ctx context.Context, pool *sql.DB, preConfig string) (map[string]string, error) {
	tx, err := pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	if preConfig != "" {
		s, err := moresql.Function{}.Statement(preConfig, nil)
		if err != nil {
			return nil, err
		}
		if _, err := tx.ExecContext(ctx, s.Query); err != nil {
			return nil, err
		}
	}
	rows, err := tx.QueryContext(ctx, `WITH known AS (
			SELECT 'pgrst.' || name AS name
			FROM pg_catalog.unnest(pg_catalog.string_to_array($1, ',')) name
		), found AS (
			SELECT s.setdatabase AS database, pg_catalog.split_part(setting, '=', 1) AS name,
				pg_catalog.substr(setting, pg_catalog.strpos(setting, '=') + 1) AS value
			FROM pg_catalog.pg_db_role_setting s, pg_catalog.pg_roles r, pg_catalog.pg_database d,
				pg_catalog.unnest(s.setconfig) setting
			WHERE r.oid = s.setrole AND r.rolname = session_user
				AND d.datname = pg_catalog.current_database() AND s.setdatabase IN (0, d.oid)
			UNION ALL
			SELECT NULL, name, pg_catalog.current_setting(name, true) FROM known WHERE $2
		)
		SELECT DISTINCT ON (name) pg_catalog.substr(name, 7), value FROM found
		WHERE name IN (SELECT name FROM known) AND value IS NOT NULL
		ORDER BY name, database DESC NULLS LAST`, strings.Join(inDatabase, ","), preConfig != "")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	settings := map[string]string{}
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		settings[name] = value
	}
	return settings, rows.Err()
}
