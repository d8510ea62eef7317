package testserver

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestServerEndsWithKilledTests kills a test process with SIGKILL and expects its
// server to end too.
func TestServerEndsWithKilledTests(t *testing.T) {
	const child = "MORESQL_TESTSERVER_CHILD"
	if os.Getenv(child) != "" {
		s, err := script(obedient).start()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("started", s.process.os.Pid, s.Dir)
		select {}
	}

	cmd := exec.Command(os.Args[0], "-test.run=^TestServerEndsWithKilledTests$")
	cmd.Env = append(os.Environ(), child+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	var dir string
	for lines := bufio.NewScanner(out); pid == 0 && lines.Scan(); {
		fmt.Sscanf(lines.Text(), "started %d %s", &pid, &dir)
	}
	if pid == 0 {
		cmd.Process.Kill()
		cmd.Wait()
		t.Fatal("the child started no server")
	}
	defer os.RemoveAll(dir) // a killed process leaves it

	if !running(pid) {
		t.Error("the server ended before its parent")
	}
	cmd.Process.Kill()
	cmd.Wait()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(10 * time.Second)
	for running(pid) {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatal("the server outlived the tests")
		}
	}
}

// running reports whether a process exists and is not a zombie.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	// "7 (tail) S 1 …", where the name may hold parentheses too (proc(5)).
	_, state, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')'):]), " ")
	return state[0] != 'Z' && state[0] != 'X'
}
