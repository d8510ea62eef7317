package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/cmd/moresql/internal/call"
	"github.com/moresql/moresql/cmd/moresql/internal/config"
	"github.com/moresql/moresql/cmd/moresql/internal/importer"
	"github.com/moresql/moresql/cmd/moresql/internal/secrets"
)

const completionUsage = `moresql completion prints what has a shell complete the words of moresql:
subcommands, flags and their values, and the routines and parameters of your database.

Usage:

	source <(moresql completion bash)     in ~/.bashrc
	source <(moresql completion zsh)      in ~/.zshrc, after compinit
	moresql completion fish | source      in ~/.config/fish/config.fish

The database is the one that MORESQL_DATABASE_URI names in the shell. With call -url the routines
are those that the server lists.
`

// The scripts pass the words of the line on and print what comes back. No library is in between:
// cobra's scripts do the same for commands of cobra, and others read flags in their own notation.
//
//go:embed completion
var completions embed.FS

// completion is the subcommand completion. The scripts call it with words, and what they complete.
func (p process) completion(ctx context.Context, args []string) int {
	if len(args) > 0 && args[0] == "words" {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		for _, c := range p.candidates(ctx, args[1:]) {
			// A comment or the name of a type with a newline would begin a candidate of its own.
			fmt.Fprintf(p.stdout, "%s\t%s\n", c.word, call.Visible(c.text))
		}
		return 0 // nobody reads errors while typing
	}
	if args, wantsHelp := withoutHelp(args); wantsHelp || len(args) != 1 {
		if wantsHelp {
			fmt.Fprint(p.stdout, completionUsage)
			return 0
		}
		return p.misunderstood("completion", errors.New("name one shell: bash, zsh or fish"))
	}
	script, err := completions.ReadFile("completion/moresql." + args[0])
	if err != nil {
		return p.misunderstood("completion", errors.New("the shells are bash, zsh and fish"))
	}
	_, err = p.stdout.Write(script)
	return p.failed(err)
}

// A candidate is a word that the one that is being typed may become.
type candidate struct{ word, text string }

// plain matches words that no shell takes for something else, since the shell puts them on a line
// that is run next. Others, such as a routine named $(reboot), are not completed.
var plain = regexp.MustCompile(`^[\pL\pN_@%+,./:=-]+$`)

// candidates returns what the last of the words after moresql may become.
func (p process) candidates(ctx context.Context, words []string) []candidate {
	if len(words) == 0 {
		return nil
	}
	before, current := words[:len(words)-1], words[len(words)-1]
	var list []candidate
	sub := "serve"
	if len(before) == 0 {
		for _, name := range commands() {
			list = append(list, candidate{word: name})
		}
	} else if subcommands()[before[0]] != nil {
		sub, before = before[0], before[1:]
	}
	list = append(list, p.arguments(ctx, sub, before, current)...)
	return slices.DeleteFunc(list, func(c candidate) bool {
		return !strings.HasPrefix(c.word, current) || !plain.MatchString(c.word)
	})
}

// ownFlags are the flags of subcommands besides those of serve.
var ownFlags = map[string]func(*flag.FlagSet){
	"call":    new(callOptions).flags,
	"check":   new(checking).flags,
	"import":  new(importing).flags,
	"mcp":     new(actor).flags,
	"openapi": new(printed).flags,
}

// withoutFlags are the subcommands that have none.
var withoutFlags = []string{"version"}

// arguments returns what may stand after a subcommand and other arguments.
func (p process) arguments(
	ctx context.Context, sub string, before []string, current string,
) (list []candidate) {
	switch {
	case sub == "completion" && len(before) == 0:
		return listed("bash", "zsh", "fish")
	case sub == "completion", slices.Contains(withoutFlags, sub):
		return nil
	}
	o := new(options)
	flags := o.flags()
	offered := flags
	if own := ownFlags[sub]; own != nil {
		offered = heededFlags(sub)
		own(offered)
		own(flags)
	}
	o.conf = config.New(flags)
	if name, ok := p.unfinished(flags, before); ok {
		return p.valuesOf(ctx, o, sub, name, before[:len(before)-1])
	}
	if strings.HasPrefix(current, "-") {
		dashes := "-"
		if strings.HasPrefix(current, "--") {
			dashes = "--"
		}
		offered.VisitAll(func(f *flag.Flag) {
			_, usage := flag.UnquoteUsage(f)
			first, _, _ := strings.Cut(usage, "\n")
			list = append(list, candidate{dashes + f.Name, first})
		})
		return list
	}
	if sub != "call" {
		return nil
	}
	return slices.DeleteFunc(p.callArguments(ctx, o, before, current), isOther)
}

// isOther reports whether moresql call takes a word for a flag, the address of a server or the name
// of a file, which is not for those to choose who give routines and labels their names.
func isOther(c candidate) bool {
	return strings.HasPrefix(c.word, "-") || strings.Contains(c.word, "://") ||
		strings.Contains(c.word, "=@")
}

func listed(words ...string) (list []candidate) {
	for _, word := range words {
		list = append(list, candidate{word: word})
	}
	return list
}

// unfinished returns the flag that the next word is the value of.
func (p process) unfinished(flags *flag.FlagSet, before []string) (name string, ok bool) {
	if len(before) == 0 {
		return "", false
	}
	last := before[len(before)-1]
	name = strings.TrimPrefix(strings.TrimPrefix(last, "-"), "-")
	f := flags.Lookup(name)
	if name == last || f == nil {
		return "", false
	}
	b, isBool := f.Value.(interface{ IsBoolFlag() bool })
	return name, !isBool || !b.IsBoolFlag()
}

// valuesOf returns the values of a flag, as far as there is a list of them.
func (p process) valuesOf(
	ctx context.Context, o *options, sub, name string, before []string,
) (list []candidate) {
	switch {
	case sub == "call" && name == "o":
		for _, f := range call.Formats {
			list = append(list, candidate{word: f.Name})
		}
		return list
	case sub == "import" && (name == "call" || name == "into"):
		cat, _ := p.catalogFor(ctx, o, before)
		if name == "call" {
			return routinesOf(cat)
		}
		for _, r := range cat.Relations() {
			list = append(list, candidate{r.Name, oneLineOf(r.Comment)})
		}
		return list
	}
	return listed(map[string][]string{
		"o": {"text", "json"}, "csv-guard": csvGuards, "log-format": {"text", "json"},
		"log-level": {"debug", "info", "warn", "error"}, "openapi": {config.FollowPrivileges, "disabled"},
		"tx-end":   {"commit", "commit-allow-override", "rollback", "rollback-allow-override"},
		"existing": importer.Policies, "format": importer.Formats, "header": {"yes", "no"},
		"encoding": importer.Encodings, "client": {"go", "ts"},
	}[name]...)
}

// callArguments returns the routines, or the parameters of the one that has been named.
func (p process) callArguments(
	ctx context.Context, o *options, before []string, current string,
) (list []candidate) {
	cat, words := p.catalogFor(ctx, o, before)
	if len(words) == 0 {
		return routinesOf(cat)
	}
	for _, r := range cat.Named(words[0]) {
		for _, param := range r.Params {
			given := slices.ContainsFunc(words[1:], func(word string) bool {
				name, _, _ := strings.Cut(word, "=")
				return strings.TrimSuffix(name, ":") == param.Name
			})
			if given || param.Name == "" || param.Mode == catalog.Out {
				continue
			}
			if !strings.HasPrefix(current, param.Name+"=") {
				list = append(list, candidate{param.Name + "=", param.Type.String()})
				continue
			}
			for _, value := range labelsOf(param.Type) {
				list = append(list, candidate{word: param.Name + "=" + value})
			}
		}
	}
	slices.SortFunc(list, func(a, b candidate) int { return strings.Compare(a.word, b.word) })
	return slices.CompactFunc(list, func(a, b candidate) bool { return a.word == b.word })
}

// labelsOf returns the values of a type that has few.
func labelsOf(t *catalog.Type) []string {
	switch t = t.Underlying(); {
	case t == nil:
		return nil
	case t.Name == "bool":
		return []string{"true", "false"}
	}
	return t.Labels
}

func routinesOf(cat *catalog.Snapshot) (list []candidate) {
	for _, r := range cat.Routines() {
		if len(list) == 0 || list[len(list)-1].word != r.Name {
			list = append(list, candidate{r.Name, oneLineOf(r.Comment)})
		}
	}
	return list
}

// oneLineOf returns the first line of a comment.
func oneLineOf(comment string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(comment), "\n")
	return first
}

// catalogFor returns the catalog of the database that arguments and the environment name, empty if
// it cannot be read, and the arguments that are not flags.
func (p process) catalogFor(
	ctx context.Context, o *options, before []string,
) (*catalog.Snapshot, []string) {
	empty := new(catalog.Catalog).Current()
	words, err := o.conf.ParseMixed(before)
	if err == nil {
		err = o.load(nil, p.environ)
	}
	if err != nil || len(words) > 0 && strings.Contains(words[0], "://") {
		return empty, words
	}
	if f := o.conf.Flags.Lookup("url"); f != nil && f.Value.String() != "" {
		return catalog.Of(listedAt(ctx, o)...).Current(), words
	}
	r, err := o.openRoutines(ctx)
	if err != nil {
		return empty, words
	}
	defer r.db.Close()
	return r.cat.Current(), words
}

// listedAt returns the routines of the server that the flags of call name, without parameters: its
// list has none.
func listedAt(ctx context.Context, o *options) (routines []catalog.Routine) {
	server := callOptions{options: *o, url: o.conf.Flags.Lookup("url").Value.String()}
	_, err := parseURL(server.url)
	if err == nil {
		server.token, err = secrets.Read(o.conf.Flags.Lookup("token").Value.String())
	}
	if err != nil {
		return nil
	}
	target, _, done, err := server.target(ctx, "")
	if err != nil {
		return nil
	}
	defer done()
	list, _ := target.List(ctx)
	for _, r := range list {
		routines = append(routines, catalog.Routine{Name: r.Name, Comment: r.Comment})
	}
	return routines
}
