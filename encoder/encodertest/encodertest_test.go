package encodertest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/encoder/encodertest"
	"github.com/moresql/moresql/row"
)

// TestGoodEncoderPasses also covers the broken encoders below, which are made of the good one.
func TestGoodEncoderPasses(t *testing.T) {
	encodertest.RunJSON(t, good)
}

// brokenEnv names the encoder that TestBrokenEncodersFail tests when it runs as its own child.
const brokenEnv = "ENCODERTEST_BROKEN"

// TestBrokenEncodersFail runs the contract for encoders that break it and expects it to fail. A
// failure fails the test that it happens in, so each encoder is tested in a process of its own.
func TestBrokenEncodersFail(t *testing.T) {
	if name := os.Getenv(brokenEnv); name != "" {
		i := slices.IndexFunc(broken, func(b brokenEncoder) bool { return b.name == name })
		encodertest.RunJSON(t, broken[i].encoder)
		return
	}
	for _, b := range broken {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			parts := make([]string, len(b.fails))
			for i, name := range b.fails {
				part, _, _ := strings.Cut(name, "/")
				parts[i] = strings.ReplaceAll(part, " ", "_")
			}
			child := exec.Command(os.Args[0],
				"-test.run=^TestBrokenEncodersFail$/^("+strings.Join(parts, "|")+")$")
			child.Env = append(os.Environ(), brokenEnv+"="+b.name, "GORACE=atexit_sleep_ms=0")
			out, err := child.CombinedOutput()
			if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
				t.Fatalf("it passes (%v)\n%s", err, out)
			}
			for _, name := range b.fails {
				failed := "--- FAIL: TestBrokenEncodersFail/" + strings.ReplaceAll(name, " ", "_")
				if !bytes.Contains(out, []byte(failed)) {
					t.Errorf("%q is not among the tests that failed\n%s", name, out)
				}
			}
		})
	}
}

type brokenEncoder struct {
	name    string
	encoder encoder.Encoder
	fails   []string // subtests
}

var broken = []brokenEncoder{
	{"media type", encoder.Func("json; charset", good.Encode),
		[]string{"media type", "JSON media type"}},
	{"loses row errors", jsonFunc(losesRowErrors), []string{
		"row error/after 0", "row error/after 1", "row error/after 5000", "JSON row error/sets",
	}},
	{"completes failed documents", jsonFunc(completes),
		[]string{"row error/after 0", "row error/after 5000", "JSON row error/list"}},
	{"swallows write errors", jsonFunc(swallowsWriteErrors), []string{"write error"}},
	{"writes on after an error", jsonFunc(writesOn), []string{"write error"}},
	{"buffers all", jsonFunc(buffersAll), []string{"flat memory"}},
	{"buffers all but the first byte", jsonFunc(buffersMost), []string{"flat memory"}},
	{"keeps rows", jsonFunc(keepsRows), []string{"many rows"}},
	{"shares its state", new(sharesState), []string{"concurrent"}},
	{"orders columns by name", jsonFunc(ordersColumns), []string{"columns", "JSON names"}},
	{"does not escape", jsonFunc(doesNotEscape),
		[]string{`values/E'"quoted",_\\_and_/'::text`, "JSON names", "many rows"}},
	{"empty is null", jsonFunc(emptyIsNull), []string{"empty", "JSON shapes/list without rows"}},
	{"numbers are float64", jsonValues(floats),
		[]string{"values/9223372036854775807", "values/18446744073709551615"}},
	{"numbers are strings", jsonValues(texts), []string{"values/NULL::text", "many rows"}},
	{"one is a list", jsonFunc(oneIsList), []string{"JSON shapes/one"}},
}

// good keeps the contract. The broken encoders are made of it.
var good = encoder.StdJSON()

func jsonFunc(encode func(io.Writer, *row.Rows) error) encoder.Encoder {
	return encoder.Func("application/json", encode)
}

func losesRowErrors(w io.Writer, rows *row.Rows) error {
	good.Encode(w, rows)
	return nil
}

func completes(w io.Writer, rows *row.Rows) error {
	err := good.Encode(w, rows)
	if err != nil {
		io.WriteString(w, "[]")
	}
	return err
}

func swallowsWriteErrors(w io.Writer, rows *row.Rows) error {
	return good.Encode(writerFunc(func(p []byte) (int, error) {
		w.Write(p)
		return len(p), nil
	}), rows)
}

// writesOn returns the error only at the end.
func writesOn(w io.Writer, rows *row.Rows) error {
	var first error
	err := good.Encode(writerFunc(func(p []byte) (int, error) {
		if _, err := w.Write(p); err != nil && first == nil {
			first = err
		}
		return len(p), nil
	}), rows)
	return errors.Join(err, first)
}

func buffersAll(w io.Writer, rows *row.Rows) error {
	var b bytes.Buffer
	if err := good.Encode(&b, rows); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

func buffersMost(w io.Writer, rows *row.Rows) error {
	var b bytes.Buffer
	n := 0
	err := good.Encode(writerFunc(func(p []byte) (int, error) {
		if n++; n == 1 {
			return w.Write(p)
		}
		return b.Write(p)
	}), rows)
	if err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

func keepsRows(w io.Writer, rows *row.Rows) error {
	var kept []row.Row
	for r, err := range rows.All() {
		if err != nil {
			return err
		}
		kept = append(kept, r)
	}
	values := make([][]any, len(kept))
	for i, r := range kept {
		for _, v := range r.All() {
			values[i] = append(values[i], v.Any())
		}
	}
	return good.Encode(w, row.Of(rows.Columns(), values...))
}

// sharesState has one block for all responses. Its lock keeps the race detector from finding the
// mistake first.
type sharesState struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (*sharesState) MediaType() string { return good.MediaType() }

func (e *sharesState) Encode(w io.Writer, rows *row.Rows) error {
	write := func(p []byte) (int, error) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.b.Write(p)
		if e.b.Len() < 32<<10 && string(p) != "]" {
			return len(p), nil
		}
		defer e.b.Reset()
		return w.Write(e.b.Bytes())
	}
	return writeRows(writerFunc(write), rows, object(row.Value.Any))
}

func ordersColumns(w io.Writer, rows *row.Rows) error {
	return writeRows(w, rows, func(r row.Row) ([]byte, error) { return json.Marshal(r.Map()) })
}

func doesNotEscape(w io.Writer, rows *row.Rows) error {
	return writeRows(w, rows, func(r row.Row) ([]byte, error) {
		b := []byte{'{'}
		for name, v := range r.All() {
			if len(b) > 1 {
				b = append(b, ',')
			}
			b = append(b, `"`+name+`":"`+v.String()+`"`...)
		}
		return append(b, '}'), nil
	})
}

func emptyIsNull(w io.Writer, rows *row.Rows) error {
	if err := rows.As(row.List); err != nil || !rows.Ended() {
		return good.Encode(w, rows)
	}
	_, err := io.WriteString(w, "null")
	return err
}

func oneIsList(w io.Writer, rows *row.Rows) error {
	rows.Shape = row.List
	return good.Encode(w, rows)
}

// jsonValues returns an encoder that writes what convert returns for each value.
func jsonValues(convert func(row.Value) any) encoder.Encoder {
	return jsonFunc(func(w io.Writer, rows *row.Rows) error {
		return writeRows(w, rows, object(convert))
	})
}

// object returns a function that returns a row as a JSON object.
func object(convert func(row.Value) any) func(row.Row) ([]byte, error) {
	return func(r row.Row) ([]byte, error) {
		b := []byte{'{'}
		for name, v := range r.All() {
			if len(b) > 1 {
				b = append(b, ',')
			}
			key, _ := json.Marshal(name)
			value, err := json.Marshal(convert(v))
			if err != nil {
				return nil, err
			}
			b = append(append(append(b, key...), ':'), value...)
		}
		return append(b, '}'), nil
	}
}

func texts(v row.Value) any { return v.String() }

func floats(v row.Value) any {
	switch v.Kind() {
	case row.Int:
		return float64(v.Int())
	case row.Uint:
		return float64(v.Uint())
	}
	return v.String()
}

// writeRows writes a list, and leaves the other shapes to good.
func writeRows(w io.Writer, rows *row.Rows, object func(row.Row) ([]byte, error)) error {
	if rows.Shape != row.List {
		return good.Encode(w, rows)
	}
	separator := "["
	for r, err := range rows.All() {
		if err != nil {
			return err
		}
		b, err := object(r)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, separator+string(b)); err != nil {
			return err
		}
		separator = ","
	}
	if separator == "[" {
		separator = "[]"
	} else {
		separator = "]"
	}
	_, err := io.WriteString(w, separator)
	return err
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
