package binder

import (
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxParts is how many parts a multipart form may have, as for net/http.
const maxParts = 1000

// The parts of a multipart form. Only those that are not files are values.
type parts struct {
	values url.Values
	files  map[string][]file
	n      int // parts so far, those without a name too
}

// A file of a form, and what the client says of it.
type file struct {
	name, mediaType string
	content         func() ([]byte, error)
}

// openMultipart parses multipart/form-data (RFC 7578). The contents are parts of the text, so that
// a file of any size is in memory once: mime/multipart says where they are, and would copy them.
func openMultipart(text, boundary string) (content, error) {
	if boundary == "" {
		return nil, malformedMultipart(http.ErrMissingBoundary)
	}
	p := &parts{values: url.Values{}, files: map[string][]file{}}
	reader := multipart.NewReader(strings.NewReader(text), boundary)
	for rest := text; ; {
		part, err := reader.NextRawPart()
		if err == io.EOF {
			return p, nil
		}
		var size int64
		if err == nil {
			size, err = io.Copy(io.Discard, part)
		}
		if err != nil {
			return nil, malformedMultipart(err)
		}
		if p.n++; p.n > maxParts {
			return nil, malformedMultipart(multipart.ErrMessageTooLarge)
		}
		rest = afterHeader(rest, "--"+boundary)
		if err := p.add(part, rest[:size]); err != nil {
			return nil, malformedMultipart(err)
		}
		rest = rest[size:]
	}
}

// afterHeader returns what follows the header of the next part of a form, which is well-formed up
// to there: the first empty line after that of the boundary ends it.
func afterHeader(text, delimiter string) string {
	inHeader := false
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		if inHeader && (line == "" || line == "\r") {
			break
		}
		after, found := strings.CutPrefix(line, delimiter)
		after = strings.TrimLeft(after, " \t")
		inHeader = inHeader || found && (after == "" || after == "\r")
	}
	return text
}

// add adds a part whose content is body. One without a name is ignored, and that of an input in
// which no file was chosen.
func (p *parts) add(part *multipart.Part, body string) error {
	name, fileName := part.FormName(), part.FileName()
	if name == "" || fileName == "" && body == "" && isForFile(part) {
		return nil
	}
	if strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
		decoded, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(body)))
		if err != nil {
			return err
		}
		body = unsafeString(decoded)
	}
	if fileName == "" {
		p.values[name] = append(p.values[name], body)
		return nil
	}
	content := func() ([]byte, error) { return unsafeBytes(body), nil }
	p.files[name] = append(p.files[name], file{fileName, part.Header.Get("Content-Type"), content})
	return nil
}

// isForFile reports whether a part is that of a file, whose name may be empty.
func isForFile(part *multipart.Part) bool {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	_, is := params["filename"]
	return err == nil && is
}

// parsedMultipart returns the form that ParseMultipartForm has parsed.
func parsedMultipart(r *http.Request) (content, error) {
	// This parses nothing again, and fails only after MultipartReader, which sets MultipartForm
	// without parsing it.
	if err := r.ParseMultipartForm(0); err != nil {
		return nil, errConsumed
	}
	p := &parts{values: r.MultipartForm.Value, files: map[string][]file{}}
	for name, headers := range r.MultipartForm.File {
		for _, h := range headers {
			content := func() ([]byte, error) { return read(h) }
			p.files[name] = append(p.files[name], file{h.Filename, h.Header.Get("Content-Type"), content})
		}
	}
	return p, nil
}

// read returns a copy of the content of a file, which may be on disk.
func read(h *multipart.FileHeader) ([]byte, error) {
	f, err := h.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, h.Size)
	_, err = io.ReadFull(f, data)
	return data, err
}

func (p *parts) lookup(name string) (any, bool, error) {
	if len(p.files[name]) > 0 {
		return nil, false, fileError(name)
	}
	return pairs{values: p.values}.lookup(name)
}

func (p *parts) args() ([]Arg, error) {
	args, err := pairs{values: p.values}.args()
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(p.files)) {
		if len(p.values[name]) > 0 {
			return nil, refuse(name, name+" is both a file and a plain field")
		}
		arg := Arg{Name: name, File: true}
		for _, f := range p.files[name] {
			data, err := f.content()
			if err != nil {
				return nil, fmt.Errorf("binder: read an uploaded file: %w", err)
			}
			arg.Values = append(arg.Values, unsafeString(data))
		}
		args = append(args, arg)
	}
	return args, nil
}
