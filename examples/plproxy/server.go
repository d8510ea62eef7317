package main

import (
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// bin has the programs of the PostgreSQL that has PL/Proxy, as Debian installs both, or is empty.
var bin = func() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/lib/plproxy.so") // the pattern is well-formed
	if len(found) == 0 {
		return ""
	}
	return filepath.Join(filepath.Dir(found[len(found)-1]), "../bin")
}()

// errMissing says what to install.
var errMissing = errors.New(
	"PL/Proxy is missing: apt-get install postgresql-15-plproxy, or that of your version")

// patience limits the start of a server.
const patience = time.Minute

// A server is a running PostgreSQL, which listens on a port of 127.0.0.1.
type server struct {
	dir     string
	port    int
	process *os.Process
	done    chan struct{} // closed when it has ended
}

// program returns the command that runs a program of PostgreSQL in a folder, as a user who may: it
// refuses root. It ends with this program, even when that is killed.
func program(dir, name string, args ...string) *exec.Cmd {
	prefix := []string{"--pdeathsig", "QUIT"}
	if os.Geteuid() == 0 {
		prefix = append(prefix, "--reuid", "postgres", "--regid", "postgres", "--clear-groups")
	}
	cmd := exec.Command("setpriv", slices.Concat(prefix, []string{filepath.Join(bin, name)}, args)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	return cmd
}

// install makes the files of a server in a folder, which servers are copied from.
func install(dir string) error {
	if bin == "" {
		return errMissing
	}
	out, err := program(dir, "initdb", "-D", filepath.Join(dir, "template"), "--no-sync",
		"--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C").CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// start starts a server from a copy of the template in a folder, and waits until it takes
// connections. The roles of the example are there.
func start(dir, name string) (*server, error) {
	s := &server{dir: filepath.Join(dir, name)}
	template := filepath.Join(dir, "template")
	if out, err := exec.Command("cp", "-a", template, s.dir).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cp: %w\n%s", err, out)
	}
	free, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.port = free.Addr().(*net.TCPAddr).Port
	free.Close()
	if err := s.resume(); err != nil {
		return nil, err
	}
	if err := execute(s.uri("postgres", "postgres"), "CREATE ROLE web LOGIN"); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// resume starts the server where it is stopped.
func (s *server) resume() error {
	args := []string{"-D", s.dir}
	for _, setting := range []string{
		"listen_addresses=127.0.0.1", fmt.Sprint("port=", s.port), "unix_socket_directories=",
		"max_connections=400", "shared_buffers=32MB",
		"wal_level=logical", "wal_receiver_status_interval=1s", "max_wal_senders=20",
		"max_replication_slots=20", "max_logical_replication_workers=20", "max_worker_processes=30",
		"client_connection_check_interval=500ms",
		"fsync=off", // this is an example: its rows are thrown away
	} {
		args = append(args, "-c", setting)
	}
	log, err := os.Create(s.dir + ".log")
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := program(s.dir, "postgres", args...)
	cmd.Stdout, cmd.Stderr = log, log
	started, done := make(chan error), make(chan struct{})
	go func() {
		// The kernel ends the server with the thread that has started it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait()
			close(done)
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	s.process, s.done = cmd.Process, done
	return s.wait()
}

// wait waits until the server takes connections.
func (s *server) wait() error {
	deadline := time.After(patience)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := execute(s.uri("postgres", "postgres"), "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-ticker.C:
			continue
		case <-s.done:
		case <-deadline:
			s.stop()
		}
		log, _ := os.ReadFile(s.dir + ".log")
		return fmt.Errorf("postgres: %w\n%s", err, log)
	}
}

// stop ends the server at once: connections are cut.
func (s *server) stop() {
	s.process.Signal(os.Interrupt)
	<-s.done
}

// uri returns the address of a database of the server for a role, which needs no password here.
func (s *server) uri(role, database string) string {
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable", role, s.port, database)
}

// execute runs statements on a connection of their own.
func execute(uri string, statements ...string) error {
	db, err := sql.Open("postgres", uri)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			line, _, _ := strings.Cut(s, "\n")
			return fmt.Errorf("%s: %w", line, err)
		}
	}
	return nil
}
