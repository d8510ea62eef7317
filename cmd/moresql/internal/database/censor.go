package database

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/moresql/moresql/cmd/moresql/internal/failure"
	"github.com/moresql/moresql/cmd/moresql/internal/secrets"
)

// Censor returns an error's text on one line without the password. Only what can be the password is
// hidden: one that is a word or a number, such as postgres, stands in messages that have nothing to
// do with it, which would be garbled, and the gaps would spell it.
func (p *Place) Censor(err error) string {
	text := failure.OneLine(err)
	if p.password == "" {
		return text
	}
	if p.isPlain(p.password) {
		return p.censorPlain(text)
	}
	return strings.ReplaceAll(text, p.password, secrets.Hidden)
}

// isPlain reports whether a password may stand in a message as something else.
func (p *Place) isPlain(password string) bool {
	const shortest, longest = 4, 16 // no word of a message is longer
	word := strings.IndexFunc(password, isNo(unicode.IsLetter)) < 0
	number := strings.IndexFunc(password, isNo(unicode.IsDigit)) < 0
	names := strings.Join([]string{p.Server, p.Database, p.user}, " ")
	return len(password) < shortest || len(password) <= longest && (word || number) ||
		strings.Contains(names, password)
}

func isNo(kind func(rune) bool) func(rune) bool {
	return func(c rune) bool { return !kind(c) }
}

// censorPlain hides the password where a password stands: after the user of a URI or DSN, as the
// value of a setting, and as the value of another parameter that it has been given to by mistake.
func (p *Place) censorPlain(text string) string {
	quoted := regexp.QuoteMeta(p.password)
	credential := regexp.MustCompile(
		`(:)` + quoted + `(@)|(\b(?i:password|passwd|pwd)\s*=\s*['"]?)` + quoted + `(['"\s]|$)`)
	text = credential.ReplaceAllString(text, "${1}${3}"+secrets.Hidden+"${2}${4}")
	for name, values := range p.parameters {
		for _, value := range values {
			if value == p.password && !strings.EqualFold(name, "user") {
				own := regexp.MustCompile(`(^|[\s"'=:])` + quoted + `($|[\s"',;.)])`)
				text = own.ReplaceAllString(text, "${1}"+secrets.Hidden+"${2}")
			}
		}
	}
	return text
}
