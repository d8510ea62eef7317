package binder

import "fmt"

// File returns a field whose value is the content of a file that a multipart form uploads under the
// field's name: a []byte, for a parameter of type bytea. It is absent from a form in which no file
// was chosen. As every body, the form is read into memory as a whole; the value is a part of that,
// and must not be changed.
func File(name string) Field {
	return upload(name, name, func(f file) (any, bool, error) {
		data, err := f.content()
		if err != nil {
			return nil, false, fmt.Errorf("binder: read an uploaded file: %w", err)
		}
		return data, true, nil
	})
}

// FileName returns a field whose value is the name that the client gives to the file of a [File]:
// FileName("photo_name", "photo"). It is any text without a slash, and says nothing about the
// content.
func FileName(name, from string) Field {
	return upload(name, from, func(f file) (any, bool, error) {
		return f.name, true, nil
	})
}

// FileType returns a field whose value is the media type that the client gives to the file of a
// [File]. It says nothing about the content either, and may be absent.
func FileType(name, from string) Field {
	return upload(name, from, func(f file) (any, bool, error) {
		return f.mediaType, f.mediaType != "", nil
	})
}

// upload returns a field whose value is a property of an uploaded file.
func upload(name, from string, value func(file) (any, bool, error)) Field {
	look := func(c content, _ string) (any, bool, error) {
		form, isForm := c.(*parts)
		plain := c
		if isForm {
			plain = pairs{values: form.values}
		}
		switch text, ok, err := plain.lookup(from); {
		case err != nil:
			return nil, false, err
		case ok && text != nil && text != "": // browsers send "" if no file was chosen
			e := refuse(name, from+" is no file upload")
			e.Hint = "Send it as a file in multipart/form-data."
			return nil, false, e
		case !isForm || len(form.files[from]) == 0:
			return nil, false, nil
		}
		files := form.files[from]
		if len(files) > 1 {
			message := fmt.Sprintf("%s is given %d times", from, len(files))
			return nil, false, refuse(name, message)
		}
		return value(files[0])
	}
	return Field{Name: name}.From(bodySource{look, "file upload"})
}
