package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/npmtest"
)

// A providerCall is a call of react-admin's data provider, and what it must return.
type providerCall struct {
	call   string // the method, the resource and its parameters, in JSON
	data   string // SQL for the data
	total  any    // of a list
	status int    // of an error
}

// What react-admin does to list, show, edit, create and delete.
func TestReactAdminListsEditsCreatesAndDeletes(t *testing.T) {
	dir := npmtest.Install(t, filepath.Join("testdata", "reactadmin"))
	c, db := startClientTables(t)
	const role = `json_build_object('film_id', 1, 'actor_id', 2, 'role', 'dog', 'id', '[1,2]')`
	calls := []providerCall{
		{call: `"getList", "films", {"pagination": {"page": 1, "perPage": 2},
			"sort": {"field": "id", "order": "ASC"}, "filter": {}}`, total: 5.0,
			data: list("SELECT * FROM api.films ORDER BY id LIMIT 2")},
		{call: `"getList", "films", {"pagination": {"page": 2, "perPage": 2},
			"sort": {"field": "price", "order": "DESC"}, "filter": {}}`, total: 5.0,
			data: list("SELECT * FROM api.films ORDER BY price DESC LIMIT 2 OFFSET 2")},
		{call: `"getList", "films", {"pagination": {"page": 1, "perPage": 9},
			"sort": {"field": "id", "order": "ASC"}, "filter": {"year@gte": 2009, "title@ilike": "*p*"}}`,
			total: 1.0, data: list("SELECT * FROM api.films WHERE id = 1")},
		{call: `"getList", "films", {"pagination": {"page": 1, "perPage": 9},
			"sort": {"field": "id", "order": "ASC"}, "filter": {"id": 3},
			"meta": {"columns": ["id", "title"]}}`, total: 1.0,
			data: list("SELECT id, title FROM api.films WHERE id = 3")},
		{call: `"getOne", "films", {"id": 1}`, data: "SELECT to_json(f) FROM api.films f WHERE id = 1"},
		{call: `"getOne", "films", {"id": 99}`, status: 406},
		{call: `"getMany", "films", {"ids": [1, 3]}`,
			data: list("SELECT * FROM api.films WHERE id IN (1, 3)")},
		{call: `"getManyReference", "films", {"target": "director_id", "id": 1,
			"pagination": {"page": 1, "perPage": 9}, "sort": {"field": "id", "order": "DESC"},
			"filter": {}}`, total: 2.0,
			data: list("SELECT * FROM api.films WHERE director_id = 1 ORDER BY id DESC")},
		{call: `"getOne", "roles", {"id": "[1,2]"}`, data: "SELECT " + role},
		{call: `"getMany", "roles", {"ids": ["[1,2]"]}`, data: "SELECT json_build_array(" + role + ")"},
		{call: `"create", "directors", {"data": {"id": 7, "name": "Gil", "born": null}}`,
			data: `'{"id": 7, "name": "Gil", "born": null}'`},
		{call: `"update", "directors", {"id": 7, "data": {"id": 7, "name": "Gina"},
			"previousData": {"id": 7, "name": "Gil"}}`,
			data: `'{"id": 7, "name": "Gina", "born": null}'`},
		{call: `"getOne", "directors", {"id": 7}`, data: `'{"id": 7, "name": "Gina", "born": null}'`},
		{call: `"updateMany", "directors", {"ids": [3, 7], "data": {"born": "2000-01-02"}}`,
			data: "'[3, 7]'"},
		{call: `"create", "directors", {"data": {"id": 7, "name": "twice"}}`, status: 409},
		{call: `"delete", "directors", {"id": 7}`,
			data: `'{"id": 7, "name": "Gina", "born": "2000-01-02"}'`},
		{call: `"getOne", "directors", {"id": 7}`, status: 406},
		{call: `"deleteMany", "directors", {"ids": [3]}`, data: "'[3]'"},
	}
	var all []string
	var wanted []any // before anything is written
	for _, call := range calls {
		all = append(all, "["+call.call+"]")
		wanted = append(wanted, computed(t, db, call.data))
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "provider.mjs", c.url())
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &stderr
	cmd.Stdin = strings.NewReader("[" + strings.Join(all, ",") + "]")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(calls) {
		t.Fatalf("%d lines for %d calls:\n%s", len(lines), len(calls), out)
	}
	for i, call := range calls {
		var got struct {
			Data, Total any
			Error       string
			Status      int
		}
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.Data, wanted[i]) || !reflect.DeepEqual(got.Total, call.total) ||
			got.Status != call.status {
			t.Errorf("%s: %s, want %v, total %v, status %d", call.call, lines[i], wanted[i], call.total,
				call.status)
		}
	}
	var left string
	err = db.QueryRow("SELECT string_agg(name, ',' ORDER BY id) FROM api.directors").Scan(&left)
	if err != nil || left != "Ann,Bob, Jr." {
		t.Errorf("there are %s, %v", left, err)
	}
	c.stop()
}
