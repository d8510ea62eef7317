package response

import (
	"bufio"
	"io"

	"github.com/moresql/moresql/encoder"
	"github.com/moresql/moresql/internal/exec"
)

// Stream writes the rows of a call to w, in blocks, and commits before the last of them.
func Stream(w io.Writer, e encoder.Encoder, result *exec.Result) error {
	out := bufio.NewWriterSize(w, 32<<10)
	err := e.Encode(out, result.Rows())
	if err == nil {
		err = result.Commit()
	}
	if err == nil {
		err = out.Flush()
	}
	return result.Explain(err)
}
