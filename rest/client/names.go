package client

import (
	"strconv"
	"strings"
	"unicode"
)

// names are those in use.
type names struct{ used map[string]bool }

// unique returns a name, with a number after it if it is in use.
func (n *names) unique(name string) string {
	if n.used == nil {
		n.used = map[string]bool{}
	}
	free := name
	for i := 2; n.used[free]; i++ {
		free = name + strconv.Itoa(i)
	}
	n.used[free] = true
	return free
}

// initialisms are words that Go writes in capitals (go.dev/wiki/CodeReviewComments).
var initialisms = map[string]bool{
	"api": true, "css": true, "csv": true, "html": true, "http": true, "https": true, "id": true,
	"ip": true, "json": true, "sql": true, "ssh": true, "tls": true, "ui": true, "uri": true,
	"url": true, "utf8": true, "uuid": true, "xml": true,
}

// pascal returns a name of SQL as an exported one of Go: get_film_by_id is GetFilmByID.
func pascal(name string) string {
	var b strings.Builder
	words := strings.FieldsFunc(name, func(c rune) bool {
		return c == '_' || !unicode.IsLetter(c) && !unicode.IsDigit(c)
	})
	for _, word := range words {
		if initialisms[strings.ToLower(word)] {
			b.WriteString(strings.ToUpper(word))
			continue
		}
		runes := []rune(word)
		runes[0] = unicode.ToUpper(runes[0])
		b.WriteString(string(runes))
	}
	// A letter without cases is not exported, and a digit begins no name.
	if first := []rune(b.String() + "_")[0]; !unicode.IsUpper(first) {
		return "X" + b.String()
	}
	return b.String()
}

// lineEnds has each end of a line be the same, and no byte order mark, which Go takes nowhere but
// at the beginning of a file.
var lineEnds = strings.NewReplacer(
	"\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n", "\ufeff", "",
)

// lines returns the lines of a comment, without white space around it.
func lines(comment string) []string {
	comment = strings.TrimSpace(lineEnds.Replace(comment))
	if comment == "" {
		return nil
	}
	list := strings.Split(comment, "\n")
	for i := range list {
		list[i] = strings.TrimRightFunc(list[i], unicode.IsSpace)
	}
	return list
}
