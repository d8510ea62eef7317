package faulttest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/vmihailenco/msgpack/v5"
)

// A decoder returns the values of a response as text, row by row.
type decoder func(body []byte) ([][]string, error)

// decoders returns the decoders of formats, in their order.
func decoders() []decoder {
	return []decoder{readJSON, readCompact, readNDJSON, readCSV, readHTML, readEnvelope,
		readMessagePack, readArrow}
}

// cells returns the values of an object in the order of the columns.
func cells(object map[string]any) (texts []string) {
	for _, name := range []string{"id", "part", "key", "price", "name"} {
		texts = append(texts, fmt.Sprint(object[name]))
	}
	return texts
}

func allCells(objects []map[string]any) (list [][]string) {
	for _, object := range objects {
		list = append(list, cells(object))
	}
	return list
}

// decode decodes one document of JSON, and keeps the digits of its numbers.
func decode(body []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(to); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is more after the document")
	}
	return nil
}

func readJSON(body []byte) ([][]string, error) {
	var objects []map[string]any
	err := decode(body, &objects)
	return allCells(objects), err
}

func readEnvelope(body []byte) ([][]string, error) {
	var envelope struct{ Rows []map[string]any }
	err := decode(body, &envelope)
	return allCells(envelope.Rows), err
}

func readCompact(body []byte) (list [][]string, err error) {
	var document struct{ Rows [][]any }
	err = decode(body, &document)
	for _, values := range document.Rows {
		var texts []string
		for _, v := range values {
			texts = append(texts, fmt.Sprint(v))
		}
		list = append(list, texts)
	}
	return list, err
}

func readNDJSON(body []byte) (list [][]string, err error) {
	for line := range bytes.Lines(body) {
		var object map[string]any
		if err := decode(line, &object); err != nil {
			return list, err
		}
		list = append(list, cells(object))
	}
	return list, nil
}

func readCSV(body []byte) ([][]string, error) {
	list, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil {
		return nil, err
	}
	return list[1:], nil // without the names
}

func readHTML(body []byte) (list [][]string, err error) {
	const columns = 5
	// None of these values needs escaping.
	found := regexp.MustCompile(`<td[^>]*>([^<]*)`).FindAllSubmatch(body, -1)
	for i, cell := range found {
		if i%columns == 0 {
			list = append(list, nil)
		}
		list[i/columns] = append(list[i/columns], string(cell[1]))
	}
	if !bytes.HasSuffix(bytes.TrimSpace(body), []byte("</html>")) {
		err = errors.New("the page is incomplete")
	}
	return list, err
}

func readMessagePack(body []byte) (list [][]string, err error) {
	for d := msgpack.NewDecoder(bytes.NewReader(body)); ; {
		object, err := d.DecodeMap()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		list = append(list, cells(object))
	}
}

func readArrow(body []byte) (list [][]string, err error) {
	r, err := ipc.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer r.Release()
	for r.Next() {
		batch := r.RecordBatch()
		for i := range int(batch.NumRows()) {
			var texts []string
			for _, column := range batch.Columns() {
				texts = append(texts, column.ValueStr(i))
			}
			list = append(list, texts)
		}
	}
	return list, r.Err()
}
