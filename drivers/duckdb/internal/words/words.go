// Package words mends what DuckDB writes as JSON.
package words

import "strings"

// Quote puts the words in quotes that JSON has no numbers for, NaN, Infinity and -Infinity, which
// to_json writes as they are in a nested value. Other text stays as it is.
func Quote(text string) string {
	if !strings.Contains(text, "NaN") && !strings.Contains(text, "Infinity") {
		return text
	}
	var b strings.Builder
	for text != "" {
		n := 1
		switch {
		case text[0] == '"':
			n = stringLength(text)
			b.WriteString(text[:n])
		case wordLength(text) > 0:
			n = wordLength(text)
			b.WriteString(`"` + text[:n] + `"`)
		default:
			b.WriteByte(text[0])
		}
		text = text[n:]
	}
	return b.String()
}

// wordLength returns the length of the word that a text begins with, 0 for none.
func wordLength(text string) int {
	for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
		if strings.HasPrefix(text, word) {
			return len(word)
		}
	}
	return 0
}

// stringLength returns the length of the string that a text of JSON begins with.
func stringLength(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
