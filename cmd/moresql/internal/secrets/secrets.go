// Package secrets reads files of secrets and settings, and hides what must not be printed.
package secrets

import (
	"fmt"
	"os"
	"strings"

	"github.com/moresql/moresql/cmd/moresql/internal/failure"
)

// Hidden stands in the place of a password.
const Hidden = "***"

// Read returns a value that may be in a file, which @ names. The newline that ends the file does
// not belong to it.
func Read(text string) (string, error) {
	file, found := strings.CutPrefix(text, "@")
	if !found {
		return text, nil
	}
	content, err := ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("the file %s cannot be read (%w)", file, failure.Cause(err))
	}
	return strings.TrimRight(content, "\r\n"), nil
}

// ReadFile returns the text of a file without the byte order mark that some editors write.
func ReadFile(file string) (string, error) {
	content, err := os.ReadFile(file)
	return strings.TrimPrefix(string(content), "\ufeff"), err
}
