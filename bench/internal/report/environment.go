package report

import (
	"context"
	"database/sql"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/moresql/moresql/bench/internal/database"
)

// An Environment describes what the figures depend on apart from the code.
type Environment struct {
	Go         string   `json:"go"`
	Platform   string   `json:"platform"`
	CPU        string   `json:"cpu"`
	CPUs       int      `json:"cpus"`
	PostgreSQL string   `json:"postgresql"`
	PoolSize   int      `json:"pool_size"`
	Modules    []Module `json:"modules"`
	Rounds     string   `json:"rounds"` // how the figures were measured
}

// A Module is a module that takes part, and its version.
type Module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
}

// compared are the modules of the contenders.
var compared = []string{
	"github.com/lib/pq",
	"github.com/jackc/pgx/v5",
	"github.com/jmoiron/sqlx",
	"github.com/georgysavva/scany/v2",
	"github.com/goccy/go-json",
	"github.com/bytedance/sonic",
}

// Describe returns the environment of this process and the server of db.
func Describe(ctx context.Context, db *sql.DB, rounds string) (Environment, error) {
	e := Environment{
		Go:       runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
		CPU:      processor(),
		CPUs:     runtime.NumCPU(),
		PoolSize: database.PoolSize,
		Rounds:   rounds,
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, path := range compared {
			i := slices.IndexFunc(info.Deps, func(m *debug.Module) bool { return m.Path == path })
			if i >= 0 {
				e.Modules = append(e.Modules, Module{path, info.Deps[i].Version})
			}
		}
	}
	err := db.QueryRowContext(ctx, "SHOW server_version").Scan(&e.PostgreSQL)
	return e, err
}

// processor returns the name of the processor, which only Linux reports.
func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown CPU"
	}
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown CPU"
}
