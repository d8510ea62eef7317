package rest

import (
	"net/http"
	"strings"

	"github.com/moresql/moresql/binder"
)

// csvArgs returns the arguments of a CSV body (RFC 4180): its first line has the names, and of the
// others, which have as many values, the first counts, as of an array of objects.
func csvArgs(body string) ([]binder.Arg, error) {
	names, rest, ok := csvRecord(body)
	var first []string
	for ok && rest != "" {
		var record []string
		if record, rest, ok = csvRecord(rest); len(record) != len(names) {
			ok = false
		} else if first == nil {
			first = record
		}
	}
	if !ok {
		return nil, badCSV("the body is not CSV of lines with as many values as the first one has")
	}
	var args []binder.Arg
	for i := range first {
		if names[i] == "" {
			return nil, badCSV("an argument has no name")
		}
		args = append(args, binder.Arg{Name: names[i], Values: first[i : i+1]})
	}
	return args, nil
}

func badCSV(message string) error {
	return &binder.Error{Status: http.StatusBadRequest, Message: message}
}

// csvRecord returns the values of the first line of a text, and what follows it. Unlike
// encoding/csv it keeps a CRLF in quotation marks.
func csvRecord(text string) (values []string, rest string, ok bool) {
	for {
		var value strings.Builder
		end := 0
		if strings.HasPrefix(text, `"`) {
			for end < len(text) && text[end] == '"' { // two of them in a row stand for one
				if end > 0 {
					value.WriteByte('"')
				}
				n := strings.IndexByte(text[end+1:], '"')
				if n < 0 {
					return nil, "", false
				}
				value.WriteString(text[end+1 : end+1+n])
				end += n + 2
			}
		} else {
			if end = strings.IndexAny(text, ",\"\r\n"); end < 0 {
				end = len(text)
			}
			value.WriteString(text[:end])
		}
		values = append(values, value.String())
		switch text = text[end:]; {
		case strings.HasPrefix(text, ","):
			text = text[1:]
		case strings.HasPrefix(text, "\r\n"):
			return values, text[2:], true
		case text == "", text[0] == '\n':
			return values, strings.TrimPrefix(text, "\n"), true
		default:
			return nil, "", false
		}
	}
}
