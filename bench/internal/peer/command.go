package peer

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

const program = "github.com/moresql/moresql/cmd/moresql"

// Command builds the command moresql and starts it on the schema public of the database at uri,
// with only the flags without which it would refuse that. Its log goes to a file. The caller stops
// it.
func Command(ctx context.Context, name, uri string) (p Peer, stop func() error, err error) {
	dir, err := os.MkdirTemp("", "moresql-bench")
	if err != nil {
		return p, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	binary := filepath.Join(dir, "moresql")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, program)
	if out, err := build.CombinedOutput(); err != nil {
		return p, nil, fmt.Errorf("building the command, inside the repository: %w\n%s", err, out)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return p, nil, err
	}
	defer log.Close() // the process has its own
	command := exec.CommandContext(ctx, binary,
		"-schema", "public", "-superuser", "-addr", "127.0.0.1:0")
	command.Env = append(withoutSettings(os.Environ()), "MORESQL_DATABASE_URI="+uri)
	command.Stderr = log
	stdout, err := command.StdoutPipe()
	if err != nil {
		return p, nil, err
	}
	if err := command.Start(); err != nil {
		return p, nil, err
	}
	stop = func() error {
		command.Process.Signal(syscall.SIGTERM) // fails if it has ended, which Wait reports
		return errors.Join(command.Wait(), os.RemoveAll(dir))
	}
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if url, found := strings.CutPrefix(lines.Text(), "listening on "); found {
			go io.Copy(io.Discard, stdout) // until it ends
			p, err := Parse(name + "=" + url)
			return p, stop, err
		}
	}
	command.Wait() // it has failed, and its log says why
	text, err := os.ReadFile(log.Name())
	return p, nil, errors.Join(fmt.Errorf("the command does not start: %s", text), err)
}

// withoutSettings returns an environment without settings of the command: it is measured as it
// comes.
func withoutSettings(env []string) []string {
	return slices.DeleteFunc(env, func(entry string) bool {
		return strings.HasPrefix(entry, "MORESQL_") || strings.HasPrefix(entry, "PGRST_")
	})
}
