package openapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/rest"
	"github.com/moresql/moresql/rest/openapi"
)

// A request is negotiated and refused as others are; nothing is sent for one that is refused.
func TestHandlerRespondsByTheHeader(t *testing.T) {
	const openapiJSON, plainJSON = "application/openapi+json", "application/json"
	for _, test := range []struct {
		reason, method string
		fields         []string // alternately names and values
		status         int
		mediaType      string
		sent           bool // the query for the rights
	}{
		{reason: "nothing accepted", method: "GET", status: 200, mediaType: openapiJSON, sent: true},
		{
			reason: "a browser", method: "GET", fields: []string{"Accept", "text/html, */*;q=0.8"},
			status: 200, mediaType: openapiJSON, sent: true,
		},
		{
			reason: "JSON", method: "GET", fields: []string{"Accept", "application/json"},
			status: 200, mediaType: plainJSON, sent: true,
		},
		{reason: "HEAD", method: "HEAD", status: 200, mediaType: openapiJSON, sent: true},
		{
			reason: "a schema", method: "GET", fields: []string{"Accept-Profile", "api"}, status: 200,
			mediaType: openapiJSON, sent: true,
		},
		{
			reason: "an unknown schema", method: "GET", fields: []string{"Accept-Profile", "x"}, status: 406,
			mediaType: "application/problem+json",
		},
		{reason: "POST", method: "POST", status: 405, mediaType: "application/problem+json"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			db, expect, err := sqlmock.New()
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if test.sent {
				rows := sqlmock.NewRows([]string{"oids"}).AddRow("16385,16386")
				expect.ExpectQuery("has_function_privilege").WillReturnRows(rows)
			}
			m := moresql.New(db, moresql.Encoders(encoder.JSON(), encoder.CSV()), rest.MaxPage(1))
			h := openapi.Handler(m, shop(), openapi.About{})
			r := httptest.NewRequest(test.method, "/openapi.json?limit=x", nil)
			for i := 0; i < len(test.fields); i += 2 {
				r.Header.Set(test.fields[i], test.fields[i+1])
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != test.status || w.Header().Get("Content-Type") != test.mediaType {
				t.Errorf("%d %v %.200s", w.Code, w.Header(), w.Body)
			}
			isDocument := strings.HasPrefix(w.Body.String(), `{"openapi":"3.1.0"`)
			if isDocument != (test.status == 200 && test.method == "GET") {
				t.Errorf("%.200s", w.Body)
			}
			if (w.Header().Get("ETag") != "") != (test.status == 200) {
				t.Errorf("%v", w.Header())
			}
			if isDocument && !strings.Contains(w.Body.String(), `"text/csv"`) {
				t.Error("a format of the handler is missing")
			}
			if err := expect.ExpectationsWereMet(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A failure of the database is an error of the request, with nothing of a document.
func TestHandlerFailsWithTheDatabase(t *testing.T) {
	db, expect, err := sqlmock.New()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	expect.ExpectQuery("has_function_privilege").WillReturnError(http.ErrHandlerTimeout)
	w := httptest.NewRecorder()
	h := openapi.Handler(moresql.New(db), shop(), openapi.About{})
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 500 || strings.Contains(w.Body.String(), "paths") || w.Header().Get("ETag") != "" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}
