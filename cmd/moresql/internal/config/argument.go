package config

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/moresql/moresql/cmd/moresql/internal/guard"
)

// FollowPrivileges has the OpenAPI document describe what the role of a request may use.
const FollowPrivileges = "follow-privileges"

// ErrArgument is that of a command line which names a database. It quotes nothing of it.
var ErrArgument = errors.New("the database is named by the environment variable " +
	"MORESQL_DATABASE_URI, not by an argument")

// invalidValue matches the error of package flag that quotes a value.
var invalidValue = regexp.MustCompile(`^invalid (?:boolean )?value (".*") for `)

// quotesDatabase reports whether an error of package flag quotes what names a database.
func quotesDatabase(err error) bool {
	m := invalidValue.FindStringSubmatch(err.Error())
	if m == nil {
		return false
	}
	value, err := strconv.Unquote(m[1])
	return err != nil || NamesDatabase(value)
}

// NamesDatabase reports whether an argument is a URI other than one of the web, or may hold a
// password in the notation of a driver.
func NamesDatabase(arg string) bool {
	_, value, found := strings.Cut(arg, "=") // -cors=https://example.com
	return strings.Contains(arg, "://") && !guard.IsWebURL(arg) && !(found && guard.IsWebURL(value)) ||
		credentials.MatchString(arg)
}

// credentials matches user:password@ of a DSN, and password= of settings.
var credentials = regexp.MustCompile(`(?i)^[^/\s]*:.*@|\b(password|passwd|pwd)\s*=`)
