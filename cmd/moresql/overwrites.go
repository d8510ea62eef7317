package main

import (
	"io"
	"os"
)

// overwrites reports whether the file at a path is the input, which would be lost if it was
// written: the one at another path, or for - what the shell has opened as the standard input.
func overwrites(output, input string, stdin io.Reader) bool {
	written, err := os.Stat(output)
	if err != nil || !written.Mode().IsRegular() {
		return false
	}
	read, err := os.Stat(input)
	if file, ok := stdin.(*os.File); ok && input == "-" {
		read, err = file.Stat()
	}
	return err == nil && os.SameFile(written, read)
}
