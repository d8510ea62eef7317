package main

import (
	"flag"
	"maps"
	"slices"
	"strings"

	"github.com/moresql/moresql/cmd/moresql/internal/config"
)

// heeded are the flags of serve that mean something to other subcommands, besides those that name a
// database and its schemas.
var heeded = map[string]string{
	"call":   "anon-role extra-search-path jwt-secret pre-request setting sql timeout",
	"check":  "anon-role extra-search-path jwt-secret pre-request sql",
	"import": "",
	"mcp": "anon-role channel extra-search-path http-settings init jwt-secret limit-body " +
		"limit-bytes limit-memory limit-rows log-format log-level max-rows mcp-rows pre-request queue " +
		"queue-time setting sql superuser timeout tx-end",
	"openapi": "aggregates anon-role events init jwt-secret limit-bytes openapi-server sql " +
		"superuser tables timeout",
}

// heededFlags returns the flags of serve that mean something to a subcommand.
func heededFlags(sub string) *flag.FlagSet {
	all, some := new(options).flags(), flag.NewFlagSet(sub, flag.ContinueOnError)
	const place = "config connections data database-uri db schema "
	for name := range strings.FieldsSeq(place + heeded[sub]) {
		f := all.Lookup(name)
		some.Var(f.Value, name, f.Usage)
	}
	return some
}

// ignored returns a flag of serve on the command line that means nothing to a subcommand, "" for
// none. The environment and the file are shared: what they say to others is no mistake.
func ignored(c *config.Config, sub string) string {
	all, some := new(options).flags(), heededFlags(sub)
	for _, name := range slices.Sorted(maps.Keys(c.From)) {
		if c.IsArgument(name) && all.Lookup(name) != nil && some.Lookup(name) == nil {
			return name
		}
	}
	return ""
}
