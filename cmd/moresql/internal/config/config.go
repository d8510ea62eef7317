// Package config sets the flags that the command line does not: by the environment, a file, and
// what configures PostgREST.
package config

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/moresql/moresql/cmd/moresql/internal/entries"
	"github.com/moresql/moresql/cmd/moresql/internal/failure"
	"github.com/moresql/moresql/cmd/moresql/internal/secrets"
)

// A Config sets flags by their names from other sources than the command line. Of several
// sources the first that is added counts, as the command line does before all others.
//
// The layer is the package's own: it keeps where each value comes from, and quotes no value in an
// error, since a password may stand anywhere by mistake.
type Config struct {
	Flags    *flag.FlagSet
	From     map[string]string // the sources of the flags that are set
	empty    map[string]string // the variables that are, by the names of flags
	warnings []string

	Unread error // why PostgREST's configuration in the database is not known, nil if it is
	Closed bool  // PostgREST's configuration lets nobody in
}

// lists are the flags that may be repeated; other sources separate their values by commas.
var lists = []string{"cors", "extra-search-path", "host", "mcp-auth-server", "schema"}

// repeated are the flags that may be repeated and whose values have commas: a file has several
// lines of the name, and a variable a value on each of its lines.
var repeated = []string{"events", "setting"}

// secretNames are the flags whose values are never printed, unless they name a file by @.
var secretNames = []string{"database-uri", "jwt-secret", "setting"}

// A recorded value keeps the texts that a flag is set to.
type recorded struct {
	flag.Value
	texts []string
}

func (r *recorded) Set(text string) error {
	r.texts = append(r.texts, text)
	err := r.Value.Set(text)
	g, ok := r.Value.(flag.Getter)
	if err == nil || !ok {
		return err
	}
	switch g.Get().(type) { // whose error would be "parse error"
	case bool:
		return errors.New("write true or false")
	case time.Duration:
		return errors.New("write a number with a unit, such as 30s or 5m")
	case int, int64:
		return errors.New("write a whole number")
	case float64:
		return errors.New("write a number, such as 0.5")
	case *slog.Level:
		return errors.New("write debug, info, warn or error")
	}
	return err
}

// IsBoolFlag is for package flag: -init needs no value.
func (r *recorded) IsBoolFlag() bool {
	b, ok := r.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// New returns a configuration whose flags have not been parsed.
func New(flags *flag.FlagSet) *Config {
	flags.VisitAll(func(f *flag.Flag) { f.Value = &recorded{Value: f.Value} })
	return &Config{Flags: flags, From: map[string]string{}, empty: map[string]string{}}
}

// Parse parses the command line.
func (c *Config) Parse(args []string) error {
	if err := c.Flags.Parse(args); err != nil && quotesDatabase(err) {
		return ErrArgument
	} else if err != nil {
		return err
	}
	c.Flags.Visit(func(f *flag.Flag) { c.From[f.Name] = "the flag -" + f.Name })
	return nil
}

// ParseMixed parses flags and other arguments in any order, and returns the others. All after --
// are others.
func (c *Config) ParseMixed(args []string) (others []string, err error) {
	for len(args) > 0 {
		if err := c.Parse(args); err != nil {
			return nil, err
		}
		rest := c.Flags.Args()
		if read := len(args) - len(rest); read > 0 && args[read-1] == "--" {
			return append(others, rest...), nil
		}
		if len(rest) == 0 {
			break
		}
		others, args = append(others, rest[0]), rest[1:]
	}
	return others, nil
}

// Warn logs what is strange in the configuration, and no error.
func (c *Config) Warn(log *slog.Logger) {
	for _, warning := range c.warnings {
		log.Warn(warning)
	}
}

// Load adds the environment and the files: that which the flag config names, and PostgREST's.
func (c *Config) Load(environ []string, postgrestFile string) error {
	if err := c.addEnvironment(environ); err != nil {
		return err
	}
	if file := c.Text("config"); file != "" {
		if err := c.addFile(file); err != nil {
			return err
		}
	}
	if err := c.addPostgREST(environ, postgrestFile); err != nil {
		return err
	}
	return c.add("DATABASE_URL", "database-uri", Lookup(environ, "DATABASE_URL"))
}

// CheckEmptied reports the first of some flags that has been set to nothing, by whatever means:
// calls would have the rights of the login.
func (c *Config) CheckEmptied(names ...string) error {
	for _, name := range names {
		by, from := c.empty[name], c.From[name]
		switch {
		case c.Text(name) != "" || by == "" && from == "":
			continue
		case by != "":
		case c.IsArgument(name):
			by = "-" + name
		case strings.HasPrefix(from, prefix):
			by = from
		default:
			by = name + " in " + from
		}
		return fmt.Errorf("%s is empty: calls would run with the rights of the login; leave it out if "+
			"they shall", by)
	}
	return nil
}

// IsArgument reports whether the command line has set a flag.
func (c *Config) IsArgument(name string) bool { return c.From[name] == "the flag -"+name }

// IsEmptyArgument reports whether the command line has set a flag to nothing.
func (c *Config) IsEmptyArgument(name string) bool {
	return c.IsArgument(name) && c.Text(name) == ""
}

// Lookup returns the value of an environment variable.
func Lookup(environ []string, name string) string {
	for _, v := range slices.Backward(environ) {
		if value, found := strings.CutPrefix(v, name+"="); found {
			return value
		}
	}
	return ""
}

const prefix = "MORESQL_"

// elsewhere are the names of secrets that have a place in the environment for single subcommands.
var elsewhere = []string{"against", "token"}

// addEnvironment adds the variables MORESQL_… that are not empty. One that is not known is no
// error: Kubernetes makes some of the name of a service.
func (c *Config) addEnvironment(environ []string) error {
	for _, v := range slices.Sorted(slices.Values(environ)) {
		variable, value, _ := strings.Cut(v, "=")
		name, found := strings.CutPrefix(variable, prefix)
		if !found {
			continue
		}
		name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
		if value == "" {
			c.empty[name] = variable
			continue
		}
		if c.Flags.Lookup(name) == nil && slices.Contains(elsewhere, name) {
			continue
		}
		if c.Flags.Lookup(name) == nil {
			warning := variable + " in the environment is not known"
			if near := c.nearest(name); near != "" {
				warning += ": perhaps you mean " + variableOf(near)
			}
			c.warnings = append(c.warnings, warning)
			continue
		}
		if err := c.add(variable, name, value); err != nil {
			return err
		}
	}
	return nil
}

// variableOf returns the environment variable of a flag.
func variableOf(name string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// readEntries reads a configuration file.
func readEntries(file string) ([]entries.Entry, error) {
	content, err := secrets.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the configuration file %s cannot be read (%w)", file, failure.Cause(err))
	}
	list, line := entries.Parse(content)
	if line > 0 {
		return nil, fmt.Errorf("line %d of %s is not understood: write name = value, or "+
			`name = "text" with a backslash before " and \`, line, file)
	}
	return list, nil
}

// addFile adds a file whose names are those of the flags.
func (c *Config) addFile(file string) error {
	list, err := readEntries(file)
	if err != nil {
		return err
	}
	given := map[string]string{}
	for i, e := range list {
		from := fmt.Sprintf("line %d of %s", e.Line, file)
		if c.Flags.Lookup(e.Name) == nil || e.Name == "config" {
			hint := ""
			if near := c.nearest(e.Name); near != "" && near != e.Name {
				hint = ": perhaps you mean " + near
			}
			return fmt.Errorf("%s names nothing that can be set%s", from, hint)
		}
		again := slices.Contains(repeated, e.Name)
		if before, ok := given[e.Name]; ok && !again {
			return fmt.Errorf("%s sets %s again, after %s", from, e.Name, before)
		} else if ok {
			continue
		}
		for _, other := range list[i+1:] {
			if again && other.Name == e.Name {
				e.Value += "\n" + other.Value
			}
		}
		given[e.Name] = from
		if err := c.set(from, e.Name, e.Value); err != nil {
			return err
		}
	}
	return nil
}

// add sets a flag from a source unless another has set it, or the value is empty.
func (c *Config) add(from, name, value string) error {
	if value == "" {
		return nil
	}
	return c.set(from, name, value)
}

// set sets a flag from a source unless another has set it.
func (c *Config) set(from, name, value string) error {
	if c.From[name] != "" {
		return nil
	}
	c.From[name] = from
	if f := c.Flags.Lookup(name); f != nil && value == f.DefValue {
		return nil // it is not a value that some flags could have
	}
	values := []string{value}
	switch {
	case slices.Contains(lists, name):
		values = strings.Split(value, ",")
	case slices.Contains(repeated, name):
		values = strings.Split(strings.TrimSpace(value), "\n")
	}
	for _, value := range values {
		if err := c.Flags.Set(name, strings.TrimSpace(value)); err != nil {
			return fmt.Errorf("%s has no valid value for -%s (%w)", from, name, err)
		}
	}
	return nil
}

// Text returns the value of a flag as a text.
func (c *Config) Text(name string) string {
	f := c.Flags.Lookup(name)
	r := f.Value.(*recorded)
	switch {
	case len(r.texts) == 0:
		return f.DefValue
	case slices.Contains(lists, name):
		return strings.Join(r.texts, ",")
	case slices.Contains(repeated, name):
		return strings.Join(r.texts, "\n")
	}
	return r.texts[len(r.texts)-1]
}

// Print prints what is in force and where it comes from, in the form of a file. Secrets are hidden.
// What is empty by default is a comment: addFile takes it for set, and some must not be empty.
func (c *Config) Print(w io.Writer) error {
	out := bufio.NewWriter(w)
	c.Flags.VisitAll(func(f *flag.Flag) {
		if f.Name == "config" {
			return
		}
		text, from := c.Text(f.Name), c.From[f.Name]
		secret := slices.Contains(secretNames, f.Name) && !strings.HasPrefix(text, "@")
		if text != "" && secret || strings.Contains(text, "@") && NamesDatabase(text) {
			text = secrets.Hidden
		}
		if from == "" {
			from = "default"
		}
		name, values := f.Name, []string{text}
		if text == "" && f.DefValue == "" {
			name = "# " + name
		}
		if slices.Contains(repeated, f.Name) {
			values = strings.Split(text, "\n")
		}
		for _, value := range values {
			fmt.Fprintf(out, "%-24s = %s # %s\n", name, entries.Quote(value), from)
		}
	})
	return out.Flush()
}

// nearest returns the flag whose name differs least from another, "" if none is similar.
func (c *Config) nearest(name string) string {
	var names []string
	c.Flags.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	return Nearest(name, names)
}

// Nearest returns the name that differs least from another, "" if none is similar.
func Nearest(name string, names []string) (near string) {
	best := max(len(name)/3, 2) + 1
	for _, other := range names {
		if d := distance(name, other); d < best {
			near, best = other, d
		}
	}
	return near
}

// distance is the number of letters that have to be changed, added or removed to get from a to b
// (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
