package config

import (
	"strings"
	"testing"
)

const secret = "hunter2"

// The connection strings of libpq's manual, 34.1.1.
func TestConnectionStringsOfLibpq(t *testing.T) {
	for text, want := range map[string]string{
		"postgres://u@h/d":                "postgres://u@h/d?sslmode=prefer",
		"postgres://u@h/d?sslmode=no":     "postgres://u@h/d?sslmode=no",
		"postgres://u@h/d?port=1":         "postgres://u@h/d?port=1&sslmode=prefer",
		"":                                "postgres://?sslmode=prefer",
		"postgresql://":                   "postgresql://?sslmode=prefer",
		`host=h port=1 dbname = d`:        "postgres:///d?host=h&port=1&sslmode=prefer",
		`user=u password='a\'b c' host=h`: "postgres://u:a%27b%20c@?host=h&sslmode=prefer",
	} {
		if got, err := libpqURI(text, nil); err != nil || got != want {
			t.Errorf("%s: %s %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"password=" + secret + " '", "me:" + secret, "@/none"} {
		if _, err := libpqURI(text, nil); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
