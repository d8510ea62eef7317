package testserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// process is a running program whose output is kept.
type process struct {
	name string
	os   *os.Process
	log  *capture
	done chan struct{} // closed at the program's end
	err  error         // the result of Wait, valid after done
}

// launch starts a program in dir, as user unless that is nil. The process's log
// closes its channel ready when the program has written the text ready.
func launch(user *account, dir, ready, program string, args ...string) (*process, error) {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir // the user may not have access to the tests' folder
	// The log is searched for messages, which other locales translate. And a
	// starting MariaDB removes the temporary tables of all others that share its
	// temporary folder, even those in use.
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TMPDIR="+dir)
	restrict(cmd, user)

	output, input, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = input, input

	p := &process{
		name: filepath.Base(program),
		log:  newCapture(ready),
		done: make(chan struct{}),
	}
	started := make(chan error)
	go func() {
		// Linux ends the program together with the thread that started it, so
		// this thread has to live as long as the program: until Wait returns.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		input.Close()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		output.Close()
		return nil, err
	}
	p.os = cmd.Process
	go p.log.read(output)
	return p, nil
}

// wait waits for the program's end, and kills it after the timeout.
func (p *process) wait(timeout time.Duration) error {
	if p.ended(timeout) {
		return p.err
	}
	p.os.Kill()
	<-p.done
	return fmt.Errorf("it took longer than %v", timeout)
}

// end sends the program the signal, then abort, then kill, until it has ended.
func (p *process) end(signal os.Signal) {
	for _, signal := range []os.Signal{signal, abort, os.Kill} {
		p.os.Signal(signal)
		if p.ended(stopTimeout) {
			return
		}
	}
}

// ended waits for the program's end, up to the timeout.
func (p *process) ended(timeout time.Duration) bool {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-p.done:
		return true
	case <-timer.C:
	}
	select { // select picks at random when both are ready
	case <-p.done:
		return true
	default:
		return false
	}
}

// explain adds the program's name and output to an error about it.
func (p *process) explain(err error) error {
	return fmt.Errorf("%s: %w; its log:\n%s", p.name, err, p.log.text())
}
