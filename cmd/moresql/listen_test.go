package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// at returns a client of a Unix socket.
func at(path string) *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
	}}
}

// works gets a URL, which must respond with cars.
func works(t *testing.T, client *http.Client, url string) {
	t.Helper()
	res, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 || !bytes.Contains(body, []byte("Roadster")) {
		t.Errorf("%d %s %v", res.StatusCode, body, err)
	}
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	c := launch(t, "", "-addr", "unix:"+path, "-socket-mode", "600")
	c.await(c.stdout, "listening on unix:"+path)
	works(t, at(path), "http://localhost/cars")
	if info, err := os.Stat(path); err != nil || info.Mode() != os.ModeSocket|0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	refuse(t, path+" is in use", "", "-addr", "unix:"+path)
	c.stop()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is left: %v", err)
	}
	// One that a process has left which was killed does not keep the next one from starting.
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	c = launch(t, "", "-addr", "unix:"+path)
	c.await(c.stdout, "listening on unix:"+path)
	works(t, at(path), "http://localhost/cars")
	c.stop()
	if err := os.WriteFile(path, []byte("a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	refuse(t, "cannot listen at", "", "-addr", "unix:"+path)
}

// issue writes a certificate for localhost, signed by itself, and its key.
func issue(t *testing.T, name, cert, key string) *x509.Certificate {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// The files change while the server runs: first to what is none, and then to others.
func TestTLSFilesAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	first := issue(t, "first", cert, key)
	c := start(t, "", "-tls-cert", cert, "-tls-key", key)
	port := c.url()[strings.LastIndex(c.url(), ":"):]
	if c.url() != "https://localhost"+port {
		t.Errorf("the URL is %s", c.url())
	}
	name := func() string {
		conn, err := tls.Dial("tcp", "localhost"+port, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			return err.Error()
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	pool := x509.NewCertPool()
	pool.AddCert(first)
	works(t, &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool},
	}}, c.url()+"/cars")
	if err := os.WriteFile(cert, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the mistake is in the log", func() bool {
		return name() == "first" && strings.Contains(c.stderr.String(), "the certificate stays as it was")
	})
	issue(t, "second", cert, key)
	eventually(t, "the certificate is the second", func() bool { return name() == "second" })
	c.stop()
	c = launch(t, "", "-addr", "localhost:0", "-tls-cert", cert, "-tls-key", "/none")
	if c.refused("-tls-cert and -tls-key cannot be used"); c.stdout.String() != "" {
		t.Errorf("it says before that it fails:\n%s", c.stdout)
	}
}

// The shell opens the sockets as systemd does, which passes them from number 3 on. A client that
// connects before the process runs is served by it, and one that comes while it restarts by the
// next.
func TestSocketsOfSystemd(t *testing.T) {
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	listen := func() (*net.TCPListener, *os.File) {
		l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		file, err := l.File()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close(); file.Close() })
		return l, file
	}
	admin, adminFile := listen()
	api, apiFile := listen()
	second, secondFile := listen()
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{
		Name: filepath.Join(t.TempDir(), "notify"), Net: "unixgram",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	state := func() string {
		t.Helper()
		manager.SetReadDeadline(time.Now().Add(patience))
		text := make([]byte, 100)
		n, err := manager.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(text[:n])
	}
	early := make(chan bool)
	for range 2 { // the second is the restarted one
		go func() {
			works(t, &http.Client{Timeout: patience}, "http://"+api.Addr().String()+"/cars")
			early <- true
		}()
		c := &command{t: t, stdout: newOutput(), stderr: newOutput(), temp: t.TempDir(),
			done: make(chan struct{}), process: exec.Command("sh", "-c",
				`LISTEN_PID=$$ LISTEN_FDS=3 LISTEN_FDNAMES=admin:api.socket:api.socket exec "$0"`, path)}
		c.process.Env = append(environ(), "TMPDIR="+c.temp, "GORACE=atexit_sleep_ms=0",
			"NOTIFY_SOCKET="+manager.LocalAddr().String(), "WATCHDOG_USEC=100000")
		c.process.Stdout, c.process.Stderr = c.stdout, c.stderr
		c.process.ExtraFiles = []*os.File{adminFile, apiFile, secondFile}
		if err := c.process.Start(); err != nil {
			t.Fatal(err)
		}
		go func() { c.process.Wait(); close(c.done) }()
		if got := state(); got != "READY=1" {
			t.Errorf("the state is %q", got)
		}
		<-early
		works(t, &http.Client{Timeout: patience}, "http://"+second.Addr().String()+"/cars")
		if got := state(); got != "WATCHDOG=1" {
			t.Errorf("the state is %q", got)
		}
		res, err := http.Get("http://" + admin.Addr().String() + "/ready")
		if err != nil || res.StatusCode != 200 {
			t.Errorf("%v %v", res, err)
		}
		c.terminate()
		for got := state(); got != "STOPPING=1"; got = state() {
			if got != "WATCHDOG=1" {
				t.Errorf("the state is %q", got)
			}
		}
		if status := c.wait(); status != 0 {
			t.Errorf("exit status %d:\n%s", status, c.stderr)
		}
	}
}

// After a signal the server goes on while balancers notice, and then ends what runs.
func TestDrainServesWhileReadinessFails(t *testing.T) {
	c, napping := startSleepy(t, "-admin-addr", "localhost:0", "-drain", "1500ms", "-grace", "30s")
	c.getAdmin("/ready")
	slow := make(chan int)
	go func() {
		status, _ := c.post("/rpc/nap", `{"s":3}`, patience)
		slow <- status
	}()
	eventually(t, "the call runs", func() bool { return napping() == 1 })
	c.terminate()
	c.await(c.stderr, "shutting down")
	status, body := c.getAdmin("/ready")
	if status != 503 || !strings.Contains(body, "about to stop") {
		t.Errorf("%d %s", status, body)
	}
	// A connection that is kept would be cut by the end of the drain, with a request on its way.
	res, err := http.Get(c.url() + "/rpc/rows?n=2")
	if err != nil || res.StatusCode != 200 || !res.Close {
		t.Errorf("%v %v", res, err)
	} else {
		res.Body.Close()
	}
	if status := <-slow; status != 200 {
		t.Errorf("the call that ran is %d", status)
	}
	if status := c.wait(); status != 0 {
		t.Errorf("exit status %d:\n%s", status, c.stderr)
	}
}

func TestGraceEnds(t *testing.T) {
	c, napping := startSleepy(t, "-grace", "100ms")
	ended := make(chan bool)
	go func() {
		defer close(ended)
		client := http.Client{Timeout: patience}
		if res, err := client.Get(c.url() + "/rpc/nap?s=20"); err == nil {
			res.Body.Close()
		}
	}()
	eventually(t, "the call runs", func() bool { return napping() == 1 })
	c.terminate()
	if status := c.wait(); status != 1 ||
		!strings.Contains(c.stderr.String(), "did not end within 100ms were cut") {
		t.Errorf("exit status %d:\n%s", status, c.stderr)
	}
	<-ended
}

func TestSocketOfPostgREST(t *testing.T) {
	out, warnings, _ := configured(t, []string{"PGRST_DB_ANON_ROLE=web", "PGRST_DB_CONFIG=false",
		"PGRST_SERVER_UNIX_SOCKET=/run/api.sock", "PGRST_SERVER_UNIX_SOCKET_MODE=777"})
	for _, want := range []string{
		"addr = unix:/run/api.sock # PGRST_SERVER_UNIX_SOCKET",
		"socket-mode = 777 # PGRST_SERVER_UNIX_SOCKET_MODE",
	} {
		if !hasLine(out, want) || warnings != "" {
			t.Errorf("no line %s in %s\n%s", want, out, warnings)
		}
	}
}
