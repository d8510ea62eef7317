package dbtest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	reader "github.com/vmihailenco/msgpack/v5"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const null = "\x00NULL" // a text of PostgreSQL cannot contain NUL

// textOf returns the text of a decoded value, as PostgreSQL writes it.
func textOf(v any) string {
	if v == nil {
		return null
	}
	return fmt.Sprint(v)
}

// columnsOf returns the texts of an object's members in the order of the columns.
func columnsOf(object map[string]any) (texts []string) {
	for _, name := range []string{"id", "name", "price", "flag"} {
		texts = append(texts, textOf(object[name]))
	}
	return texts
}

func unmarshal(document []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	return d.Decode(to)
}

func readJSON(document []byte) (rows [][]string, err error) {
	var list []map[string]any
	err = unmarshal(document, &list)
	for _, object := range list {
		rows = append(rows, columnsOf(object))
	}
	return rows, err
}

func readCompact(document []byte) (rows [][]string, err error) {
	var whole struct {
		Columns []string
		Rows    [][]any
	}
	err = unmarshal(document, &whole)
	for _, values := range whole.Rows {
		var texts []string
		for _, v := range values {
			texts = append(texts, textOf(v))
		}
		rows = append(rows, texts)
	}
	if !slices.Equal(whole.Columns, []string{"id", "name", "price", "flag"}) {
		return nil, fmt.Errorf("the columns are %q", whole.Columns)
	}
	return rows, err
}

func readLines(document []byte) (rows [][]string, err error) {
	for line := range bytes.Lines(document) {
		var object map[string]any
		if err := unmarshal(line, &object); err != nil {
			return nil, err
		}
		rows = append(rows, columnsOf(object))
	}
	return rows, nil
}

func readCSV(document []byte) ([][]string, error) {
	rows, err := csv.NewReader(bytes.NewReader(document)).ReadAll()
	if err != nil || !slices.Equal(rows[0], []string{"id", "name", "price", "flag"}) {
		return nil, fmt.Errorf("%v in %.100s", err, document)
	}
	return rows[1:], nil
}

func readTable(document []byte) (rows [][]string, err error) {
	page, err := html.Parse(bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	for n := range page.Descendants() {
		if n.DataAtom != atom.Tr || n.Parent.DataAtom != atom.Tbody {
			continue
		}
		var texts []string
		for cell := range n.ChildNodes() {
			var b strings.Builder
			for d := range cell.Descendants() {
				b.WriteString(d.Data)
			}
			if slices.Contains(cell.Attr, html.Attribute{Key: "class", Val: "null"}) {
				b.WriteString(null)
			}
			texts = append(texts, b.String())
		}
		rows = append(rows, texts)
	}
	return rows, nil
}

func readMessagePack(document []byte) (rows [][]string, err error) {
	for d := reader.NewDecoder(bytes.NewReader(document)); ; {
		object, err := d.DecodeMap()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, columnsOf(object))
	}
}

func readArrow(document []byte) (rows [][]string, err error) {
	stream, err := ipc.NewReader(bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	defer stream.Release()
	for stream.Next() {
		batch := stream.RecordBatch()
		for i := range int(batch.NumRows()) {
			var texts []string
			for _, column := range batch.Columns() {
				if column.IsNull(i) {
					texts = append(texts, null)
				} else {
					texts = append(texts, column.ValueStr(i))
				}
			}
			rows = append(rows, texts)
		}
	}
	return rows, stream.Err()
}

func sameTexts(got, want []string, noNulls bool) bool {
	return slices.EqualFunc(got, want, func(g, w string) bool {
		if w == "\x01NULL" {
			if w = null; noNulls {
				w = ""
			}
		}
		return g == w
	})
}
