package rest

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/moresql/moresql"
)

// respondAsRaised makes an error the response that a function has raised as a whole, by PostgREST's
// convention (its documentation, "Errors", "RAISE errors with HTTP Status Codes"): RAISE SQLSTATE
// 'PGRST' has the members of the body in MESSAGE, and status and header in DETAIL, both as JSON.
// What it raises otherwise is a 500 that says what is missing. The reason phrase, status_text, is
// checked and dropped: net/http and HTTP/2 send none.
func respondAsRaised(e *moresql.Error) {
	var body struct{ Code, Message, Details, Hint *string }
	if json.Unmarshal([]byte(e.Message), &body) != nil || body.Code == nil || body.Message == nil {
		cannotRespondAsRaised(e, "Invalid JSON value for MESSAGE: '"+e.Message+"'", "MESSAGE must be "+
			"a JSON object with obligatory keys: 'code', 'message' and optional keys: 'details', 'hint'.")
		return
	}
	header, status, ok := raisedResponse(e.Detail)
	if !ok {
		detail := "DETAIL is missing in the RAISE statement"
		if e.Detail != "" {
			detail = "Invalid JSON value for DETAIL: '" + e.Detail + "'"
		}
		cannotRespondAsRaised(e, detail, "DETAIL must be a JSON object with obligatory keys: "+
			"'status', 'headers' and optional key: 'status_text'.")
		return
	}
	e.Status, e.Header = status, header
	e.Code, e.Message, e.Detail, e.Hint = *body.Code, *body.Message, "", ""
	if body.Details != nil {
		e.Detail = *body.Details
	}
	if body.Hint != nil {
		e.Hint = *body.Hint
	}
}

// raisedResponse reads status and header of a response. The status is that of an error or of a
// redirection: an error undoes what the function has done, and is no success.
func raisedResponse(detail string) (header http.Header, status int, ok bool) {
	var response struct {
		Status     int
		StatusText *string `json:"status_text"`
		Headers    map[string]*string
	}
	if json.Unmarshal([]byte(detail), &response) != nil || response.Headers == nil ||
		response.Status < 300 || response.Status > 599 {
		return nil, 0, false
	}
	header = http.Header{}
	return header, response.Status, addHeaders(header, response.Headers)
}

// isWord reports whether a code, which a function may have made up, can stand in a field as it is.
func isWord(code string) bool {
	return code != "" && !strings.ContainsFunc(code, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '_'
	})
}
