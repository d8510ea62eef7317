package dbtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"testing"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/encoder"
)

var encoderJSON = encoder.JSON()

// stream returns the JSON that a call streams.
func stream(t *testing.T, m *moresql.MoreSQL, proc string, args ...any) string {
	t.Helper()
	var out bytes.Buffer
	if err := m.Stream(context.Background(), &out, encoderJSON, proc, args...); err != nil {
		t.Fatalf("%s\n%v", proc, err)
	}
	return out.String()
}

// sameJSON reports whether two documents are equal, with numbers compared by their exact value and
// members of objects in their order.
func sameJSON(t *testing.T, got, want string) bool {
	t.Helper()
	g, err := tokens(got)
	if err != nil {
		t.Fatalf("not JSON: %v\n%s", err, got)
	}
	w, err := tokens(want)
	if err != nil {
		t.Fatalf("want is not JSON: %v\n%s", err, want)
	}
	if len(g) != len(w) {
		return false
	}
	for i := range g {
		if g[i] != w[i] {
			return false
		}
	}
	return true
}

// tokens returns the tokens of a document, with their types.
func tokens(doc string) (list []string, err error) {
	d := json.NewDecoder(bytes.NewReader([]byte(doc)))
	d.UseNumber()
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		if number, ok := token.(json.Number); ok {
			value, ok := new(big.Rat).SetString(string(number))
			if !ok {
				return nil, fmt.Errorf("the number %s", number)
			}
			token = value
		}
		list = append(list, fmt.Sprintf("%T %v", token, token))
	}
}

// check compares two documents as JSON.
func check(t *testing.T, reason, got, want string) {
	t.Helper()
	if !sameJSON(t, got, want) {
		t.Errorf("%s\n got %s\nwant %s", reason, got, want)
	}
}
