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

// TestEndsWithParent kills a process of tests as hard as can be and sees its
// server end too.
func TestEndsWithParent(t *testing.T) {
	const child = "MORESQL_TESTSERVER_CHILD"
	if os.Getenv(child) != "" {
		s, err := script(obedient).start()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("started", s.process.os.Pid, s.dir)
		select {}
	}

	cmd := exec.Command(os.Args[0], "-test.run=^TestEndsWithParent$")
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
	defer os.RemoveAll(dir) // nobody else does

	if !running(pid) {
		t.Error("the server has ended before its time")
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
			t.Fatal("the server outlives the tests")
		}
	}
}

// running reports whether a process is there and not merely waiting for
// somebody to ask how it ended.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	// "7 (tail) S 1 …", where the name may hold anything.
	_, state, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')'):]), " ")
	return state[0] != 'Z' && state[0] != 'X'
}
