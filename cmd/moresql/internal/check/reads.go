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
	words map[string]bool // that write wherever they stand
	calls map[string]bool // functions that may write
	parts []string        // operators and names of more than a word, in any place
}

// newJudge returns a judge by words that statements which write have.
func newJudge(writing string) *judge {
	j := &judge{words: map[string]bool{}, calls: map[string]bool{}}
	for word := range strings.FieldsSeq(writing) {
		j.words[word] = true
	}
	return j
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

// A definition is the text that runs when something is read: a view or a policy.
type definition struct{ name, text string }

// addDefinitions adds the names of those that may write, also by each other.
func (j *judge) addDefinitions(list []definition) {
	for {
		n := len(list)
		list = slices.DeleteFunc(list, func(d definition) bool {
			if j.reads(d.text) {
				return false
			}
			j.addName(d.name)
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
func (j *judge) reads(text string) bool {
	text = strings.ToLower(strings.NewReplacer(`""`, `"`, "``", "`").Replace(text))
	for _, m := range word.FindAllStringSubmatch(text, -1) {
		if j.words[m[1]] || j.calls[m[1]] && m[2] != "" {
			return false
		}
	}
	return !slices.ContainsFunc(j.parts, func(part string) bool {
		return strings.Contains(text, part)
	})
}
