package check

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// token matches what PostgreSQL reads as one piece (its manual, 4.1).
var token = regexp.MustCompile(`(?s)--[^\n]*|/\*.*?\*/|e'(?:[^'\\]|\\.)*'|'[^']*'|"[^"]*"|` +
	`[\pL_][\pL\pN_$]*|\$\d+|\s+|.`)

// writingStatement matches the begin of a statement that writes. END and its like are no names.
var writingStatement = regexp.MustCompile(`^(?:(insert) into|(delete) from|(merge) into|` +
	`(update) (?:only )?[^A-Z ]+ (?:\. [^A-Z ]+ )?(?:\* )?(?:(?:as )?[^A-Z ]+ )?set) `)

// looping are the words that begin a loop of PL/pgSQL.
var looping = []string{"for", "foreach", "while", "loop"}

// tokens returns the pieces of a body, with each string and quoted name as the same one. They are
// nil if only what is elsewhere could explain one: what a backslash is depends on a setting.
func tokens(body string) (list []string) {
	for _, t := range token.FindAllString(strings.ToLower(body), -1) {
		switch {
		case strings.TrimSpace(t) == "", strings.HasPrefix(t, "--"):
			continue
		case strings.HasPrefix(t, "/*"):
			if strings.Contains(t[2:], "/*") { // comments nest
				return nil
			}
			continue
		case t[0] == '\'' && strings.Contains(t, `\`), t == "'", t == `"`, t == "$":
			return nil
		case t[0] == '\'', strings.HasPrefix(t, "e'"):
			t = "''"
		case t[0] == '"':
			t = `""`
		case t == "end", t == "else", t == "when":
			t = strings.ToUpper(t)
		}
		list = append(list, t)
	}
	return list
}

// written returns the word of the first statement in the body of a function that writes, "" if none
// evidently does. It looks where a statement begins: a column may have the name of any word.
func written(body string) string {
	list, begins, loops, last := tokens(body), true, false, ""
	for i, t := range list {
		if begins {
			rest := strings.Join(list[i:min(i+12, len(list))], " ") + " "
			if found := writingStatement.FindStringSubmatch(rest); found != nil {
				return strings.ToUpper(strings.Join(found[1:], ""))
			}
		}
		loops = loops && t != ";" || begins && slices.Contains(looping, t)
		switch t {
		case ";", "then", "ELSE", "in":
			begins = true
		case "begin", "declare":
		case "atomic":
			begins = begins && last == "begin"
		case "query":
			begins = last == "return"
		case "(":
			begins = last == "as" || last == "materialized"
		case "loop":
			begins, loops = loops, false
		default:
			begins = false
		}
		last = t
	}
	return ""
}

// misdeclared finds functions that are declared to only read, and write. PostgreSQL refuses each
// statement of theirs that does, and a request runs them in a READ ONLY transaction, which refuses
// what they call, too. What they put together for EXECUTE is not known.
func (p *postgres) misdeclared(ctx context.Context) error {
	known := p.byOID()
	w, err := p.writers(ctx)
	if err != nil {
		return err
	}
	return p.query(ctx, func(line []string) {
		r, body, declared, fix := known[line[0]], line[1], line[2], line[3]
		if r == nil {
			return
		}
		if verb := written(body); verb != "" {
			problem := "it is declared %s, and PostgreSQL refuses its %s: such a function only reads"
			p.add(Volatility, Problem, r.String(), fmt.Sprintf(problem, declared, verb), fix)
		} else if name := w.called(tokens(body)); name != "" {
			problem := "it is declared %s, and calls %s, which writes: the READ ONLY transaction that " +
				"requests run it in refuses that"
			p.add(Volatility, Problem, r.String(), fmt.Sprintf(problem, declared, name), fix)
		}
	}, wanted+`SELECT p.oid, coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), prosrc),
		CASE provolatile WHEN 's' THEN 'STABLE' ELSE 'IMMUTABLE' END,
		format('ALTER FUNCTION %s VOLATILE', p.oid::pg_catalog.regprocedure)
		FROM wanted JOIN pg_catalog.pg_proc p ON pronamespace = wanted.oid
		JOIN pg_catalog.pg_language l ON l.oid = prolang
		WHERE lanname IN ('sql', 'plpgsql') AND prokind = 'f' AND provolatile <> 'v'
		ORDER BY p.oid::pg_catalog.regprocedure::text`, p.schemas)
}

// calling are the pieces of a body after which a name and a parenthesis are a call.
var calling = set("select perform return from join where and or not = ( then ELSE WHEN")

// writers are names of functions, with and without the schema, whose overloads all evidently write.
type writers map[string]bool

// called returns the first one that a body evidently calls, "" if there is none.
func (w writers) called(body []string) string {
	for i := 2; i < len(body); i++ {
		name, before := body[i-1], body[i-2]
		if before == "." && i > 3 {
			name, before = body[i-3]+"."+name, body[i-4]
		}
		if body[i] == "(" && w[name] && calling[before] {
			return name
		}
	}
	return ""
}

// writers returns the functions of all schemas that evidently write, also by others of them.
func (p *postgres) writers(ctx context.Context) (writers, error) {
	type function struct {
		body   []string
		writes bool
	}
	overloads := map[string][]*function{}
	err := p.query(ctx, func(line []string) {
		schema, name, body, volatile := line[0], line[1], line[2], line[3] != ""
		f := &function{tokens(body), volatile && written(body) != ""}
		overloads[name] = append(overloads[name], f)
		overloads[schema+"."+name] = append(overloads[schema+"."+name], f)
	}, `SELECT nspname, proname,
			CASE WHEN lanname IN ('sql', 'plpgsql') AND prokind = 'f'
				THEN coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), prosrc) END,
			CASE provolatile WHEN 'v' THEN 'volatile' END
		FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = pronamespace
		JOIN pg_catalog.pg_language l ON l.oid = prolang`)
	w := writers{}
	for found := true; found; {
		found = false
		for name, list := range overloads {
			reads := func(f *function) bool { return !f.writes && w.called(f.body) == "" }
			if !w[name] && !slices.ContainsFunc(list, reads) {
				w[name], found = true, true
			}
		}
	}
	return w, err
}
