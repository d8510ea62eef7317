//go:build unix

package testserver

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// script returns the recipe of a fake server, a shell script with its port in $1.
func script(serve string) Recipe {
	return Recipe{
		Name: "Fake", Package: "fake-server", Variable: "FAKE_URI", User: "nobody",
		Find: func() (Programs, bool) {
			return Programs{Install: "/bin/sh", Serve: "/bin/sh"}, true
		},
		Files:   map[string]string{"hello": "hello"},
		Install: func(string) []string { return []string{"-c", "cat hello >installed"} },
		Serve: func(_ string, port int) []string {
			return []string{"-c", serve, "sh", fmt.Sprint(port)}
		},
		Ready:    "here I am",
		Shutdown: syscall.SIGTERM,
	}
}

// obedient is a server that starts and ends as it should.
const obedient = `cat installed; echo here I am; exec tail -f /dev/null`

func TestStartServesUntilStop(t *testing.T) {
	s, err := script(obedient).start()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if s.Port == 0 {
		t.Error("no port")
	}
	if os.Geteuid() == 0 {
		info, err := os.Stat(filepath.Join(s.Dir, "installed"))
		if err != nil {
			t.Fatal(err)
		}
		if info.Sys().(*syscall.Stat_t).Uid == 0 {
			t.Error("the server runs as root")
		}
	}
	s.Stop()
	if !s.process.ended(time.Second) {
		t.Error("the server still runs after Stop")
	}
	if _, err := os.Stat(s.Dir); !os.IsNotExist(err) {
		t.Errorf("the folder still exists after Stop: %v", err)
	}
	s.Stop()
	if got := s.process.log.text(); !strings.HasPrefix(got, "hello") {
		t.Errorf("log = %q, want what was installed", got)
	}
}

func TestResumeKeepsFolderAndPort(t *testing.T) {
	s, err := script(`echo >>starts; ` + obedient).start()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	port := s.Port
	s.Halt()
	s.Halt()
	if !s.process.ended(0) {
		t.Error("the server still runs after Halt")
	}
	if err := s.Resume(); err != nil {
		t.Fatal(err)
	}
	starts, err := os.ReadFile(filepath.Join(s.Dir, "starts"))
	if err != nil || string(starts) != "\n\n" || s.Port != port || s.process.ended(0) {
		t.Errorf("started %d times in one folder, %v; at the ports %d and %d",
			len(starts), err, port, s.Port)
	}
}

func TestStartTriesAnotherPort(t *testing.T) {
	// The first try fails and leaves a file, by which the second knows that it is one.
	const taken = `test -e tried || { >tried; echo bind: Address already in use; exit 1; }; `
	s, err := script(taken + obedient).start()
	if err != nil {
		t.Fatal(err)
	}
	s.Stop()
}

func TestStartGivesUpOnPorts(t *testing.T) {
	_, err := script(`echo bind: Address already in use; exit 1`).start()
	if err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("error = %v, want the one about the port", err)
	}
}

func TestStartReportsCauseAndLog(t *testing.T) {
	broken := script(obedient)
	broken.Install = func(string) []string { return []string{"-c", "echo disk is full; exit 3"} }
	absent := script(obedient)
	absent.Find = func() (Programs, bool) { return Programs{Install: "/nowhere/installer"}, true }
	for _, test := range []struct {
		name   string
		recipe Recipe
		want   []string
	}{
		{"install", broken, []string{"exit status 3", "disk is full"}},
		{"program", absent, []string{"/nowhere/installer"}},
		{
			"early exit", script("echo no memory; exit 4"),
			[]string{"before it was ready", "exit status 4", "no memory"},
		},
		{
			"early success", script("echo done"),
			[]string{"before it was ready", "exit status 0", "done"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.recipe.start()
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not mention %q", err, want)
				}
			}
		})
	}
}

func TestSharedStartsOnce(t *testing.T) {
	shared := NewShared(script(obedient))
	defer shared.Stop()
	servers := make([]*Server, 8)
	var wg sync.WaitGroup
	for i := range servers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			servers[i] = shared.Server(t)
		}()
	}
	wg.Wait()
	for _, s := range servers {
		if s == nil || s != servers[0] {
			t.Fatal("the tests did not share one server")
		}
	}
}

func TestSharedStopsUnstarted(t *testing.T) {
	NewShared(script(obedient)).Stop()
}

// fakeTB records whether a test was skipped or failed, and why.
type fakeTB struct {
	testing.TB
	skipped, failed string
}

func (f *fakeTB) Helper() {}
func (f *fakeTB) Skip(args ...any) {
	f.skipped = fmt.Sprint(args...)
	runtime.Goexit()
}
func (f *fakeTB) Fatal(args ...any) {
	f.failed = fmt.Sprint(args...)
	runtime.Goexit()
}
func (f *fakeTB) Fatalf(format string, args ...any) { f.Fatal(fmt.Sprintf(format, args...)) }

// giveUp runs f in a goroutine, which a skip or a failure ends, as it ends a test.
func giveUp(f func(tb testing.TB)) *fakeTB {
	tb := &fakeTB{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(tb)
	}()
	<-done
	return tb
}

func TestMissingServerSkipsUnlessRequired(t *testing.T) {
	const advice = "no Fake server found: apt-get install fake-server, or set FAKE_URI"
	recipe := script(obedient)
	recipe.Find = func() (Programs, bool) { return Programs{}, false }
	shared := NewShared(recipe)
	start := func(tb testing.TB) { recipe.Start(tb) }
	server := func(tb testing.TB) { shared.Server(tb) }

	t.Setenv(Require, "")
	for _, f := range []func(testing.TB){start, server, server} {
		if tb := giveUp(f); tb.skipped != advice || tb.failed != "" {
			t.Errorf("skipped %q, failed %q; want it skipped with the advice", tb.skipped, tb.failed)
		}
	}
	t.Setenv(Require, "1")
	for _, f := range []func(testing.TB){start, server} {
		if tb := giveUp(f); tb.failed != advice || tb.skipped != "" {
			t.Errorf("skipped %q, failed %q; want it failed with the advice", tb.skipped, tb.failed)
		}
	}
}

func TestRunReportsFailures(t *testing.T) {
	s, err := script(obedient).Run()
	if err != nil {
		t.Fatal(err)
	}
	s.Stop()

	absent := script(obedient)
	absent.Find = func() (Programs, bool) { return Programs{}, false }
	for _, test := range []struct {
		recipe Recipe
		want   string
	}{
		{absent, "no Fake server found: apt-get install fake-server"},
		{script("exit 1"), "starting Fake: "},
	} {
		if _, err := test.recipe.Run(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error = %v, want %q", err, test.want)
		}
	}
}

func TestBrokenServerFailsTest(t *testing.T) {
	t.Setenv(Require, "")
	tb := giveUp(func(tb testing.TB) { script("exit 1").Start(tb) })
	if tb.skipped != "" || !strings.Contains(tb.failed, "starting Fake: ") {
		t.Errorf("skipped %q, failed %q; want it failed", tb.skipped, tb.failed)
	}
}
