package check

import (
	"regexp"
	"slices"
	"strings"
)

// A judge finds the texts of SQL that evidently only read: those in which nothing stands that
// writes, wherever it stands, in a string or a comment too. So it never takes a text for one that
// reads because it has misread where a string ends, and says nothing of many that do.
type judge struct {
	statements map[string]bool // words of statements that write
	words      map[string]bool // names of what may write wherever they stand
	calls      map[string]bool // functions that may write
	parts      []string        // operators and names of more than a word, in any place
}

// newJudge returns a judge by words that statements which write have.
func newJudge(writing string) *judge {
	return &judge{statements: set(writing), words: map[string]bool{}, calls: map[string]bool{}}
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		m[word] = true
	}
	return m
}

// addCall adds a function that may write. One whose only argument is a row may be called like a
// column of it, without parentheses.
func (j *judge) addCall(name string, likeColumn bool) {
	name = strings.ToLower(name)
	switch {
	case !isWord(name):
		j.parts = append(j.parts, name)
	case likeColumn:
		j.words[name] = true
	default:
		j.calls[name] = true
	}
}

// addName adds the name of something that may write when it is read, such as a view.
func (j *judge) addName(name string) { j.addCall(name, true) }

// A definition is the text that runs when something is read or called.
type definition struct {
	text string
	add  func() // adds what it defines to what may write

	// held is set if the server refuses the statements of the text that write, so that it may write
	// only by what it calls, whose declaration counts there.
	held bool
}

// of returns the definition of what has a name, such as a view.
func (j *judge) of(name, text string) definition {
	return definition{text: text, add: func() { j.addName(name) }}
}

// hiding are words of statements that run a text which stands elsewhere.
var hiding = set("execute")

// addDefinitions adds the names of those that may write, also by each other.
func (j *judge) addDefinitions(list []definition) {
	for {
		n := len(list)
		list = slices.DeleteFunc(list, func(d definition) bool {
			statements := j.statements
			if d.held {
				statements = hiding
			}
			if !j.has(statements, d.text) {
				return false
			}
			d.add()
			return true
		})
		if len(list) == n {
			return
		}
	}
}

// word matches a word of SQL, and what follows it if that may be the parenthesis of a call.
var word = regexp.MustCompile("([\\pL_][\\pL\\pN_$]*)([\"`]?\\s*(?:\\(|--|/\\*|#))?")

func isWord(name string) bool { return word.FindString(name) == name }

// reads reports whether a text evidently only reads.
func (j *judge) reads(text string) bool { return !j.has(j.statements, text) }

// has reports whether a text has one of the words or anything that may write.
func (j *judge) has(statements map[string]bool, text string) bool {
	text = strings.ToLower(strings.NewReplacer(`""`, `"`, "``", "`").Replace(text))
	for _, m := range word.FindAllStringSubmatch(text, -1) {
		if statements[m[1]] || j.words[m[1]] || j.calls[m[1]] && m[2] != "" {
			return true
		}
	}
	return slices.ContainsFunc(j.parts, func(part string) bool {
		return strings.Contains(text, part)
	})
}
