package load

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// readResponse reads one HTTP/1.1 response from a persistent connection. It appends the body to
// buf[:0]. It is lighter than http.ReadResponse, which would take as much processor time as the
// servers under test.
func readResponse(r *bufio.Reader, buf []byte) (status int, body []byte, err error) {
	line, err := readLine(r)
	if err != nil {
		return 0, nil, err
	}
	proto, rest, _ := bytes.Cut(line, []byte(" "))
	code, _, _ := bytes.Cut(rest, []byte(" "))
	status, err = strconv.Atoi(string(code))
	if err != nil || !bytes.Equal(proto, []byte("HTTP/1.1")) {
		return 0, nil, fmt.Errorf("status line %q", line)
	}
	length, chunked, err := readHeader(r)
	switch {
	case err != nil:
		return 0, nil, err
	case chunked:
		body, err = readChunks(r, buf[:0])
	case length < 0 && status != 204 && status != 304:
		err = errors.New("neither a Content-Length nor chunks")
	case length > 0:
		body, err = readN(r, buf[:0], length)
	}
	return status, body, err
}

// readHeader returns the Content-Length, or -1, and whether the body is chunked.
func readHeader(r *bufio.Reader) (length int, chunked bool, err error) {
	length = -1
	for {
		line, err := readLine(r)
		if err != nil || len(line) == 0 {
			return length, chunked, err
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			return 0, false, fmt.Errorf("header %q", line)
		}
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil || length < 0 {
				return 0, false, fmt.Errorf("Content-Length %q", value)
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("Connection")) && bytes.EqualFold(value, []byte("close")):
			return 0, false, errors.New("the server closes the connection")
		}
	}
}

func readChunks(r *bufio.Reader, body []byte) ([]byte, error) {
	for {
		line, err := readLine(r)
		if err != nil {
			return nil, err
		}
		size, _, _ := bytes.Cut(line, []byte(";"))
		n, err := strconv.ParseUint(string(size), 16, 31)
		if err != nil {
			return nil, fmt.Errorf("chunk size %q", line)
		}
		if body, err = readN(r, body, int(n)); err != nil {
			return nil, err
		}
		end, err := readLine(r) // also after the last chunk, where no trailer is expected
		if err != nil || len(end) > 0 {
			return nil, fmt.Errorf("after a chunk: %q, %v", end, err)
		}
		if n == 0 {
			return body, nil
		}
	}
}

// readN appends the next n bytes to b.
func readN(r *bufio.Reader, b []byte, n int) ([]byte, error) {
	start := len(b)
	b = append(b, make([]byte, n)...)
	if _, err := io.ReadFull(r, b[start:]); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	return b, nil
}

// readLine returns the next line without its end. It is valid until the next read.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}
