package mariadbtest

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	code := m.Run()
	Stop()
	os.Exit(code)
}

func TestURIAndDSNAreOfOneMariaDB(t *testing.T) {
	if os.Getenv(variable) != "" {
		t.Skipf("%s is set", variable)
	}
	u, err := url.Parse(URI(t))
	if err != nil {
		t.Fatal(err)
	}
	if u.Scheme != "mysql" || u.User.String() != "root" ||
		u.Hostname() != "127.0.0.1" || u.Path != "/test" {
		t.Errorf("URI = %q", u)
	}
	if got, want := DSN(t), "root@tcp("+u.Host+")/test"; got != want {
		t.Errorf("DSN = %q, want %q", got, want)
	}
	// Without a driver the server's greeting is all that a test can read.
	greeting, err := greet(u.Host)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(greeting, []byte("MariaDB")) {
		t.Errorf("greeting = %q, want one from MariaDB", greeting)
	}
}

func TestServerIsTakenFromEnvironment(t *testing.T) {
	t.Setenv(variable, "me:pw@tcp(db:3306)/cars")
	if got := DSN(t); got != "me:pw@tcp(db:3306)/cars" {
		t.Errorf("DSN = %q", got)
	}
	if got := URI(t); got != "mysql://me:pw@db:3306/cars" {
		t.Errorf("URI = %q", got)
	}
}

func TestStopEndsServer(t *testing.T) {
	s := Start(t)
	if s.DSN() == "" || !strings.HasPrefix(s.URI(), "mysql://") {
		t.Fatalf("DSN = %q, URI = %q", s.DSN(), s.URI())
	}
	u, err := url.Parse(s.URI())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := greet(u.Host); err != nil {
		t.Fatal(err)
	}
	s.Stop()
	if _, err := greet(u.Host); err == nil {
		t.Error("the server still responds after Stop")
	}
	s.Stop()
}

func TestFindReportsNothing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if p, ok := find(nil); ok {
		t.Errorf("found %+v in an empty folder", p)
	}
}

func TestToURIEscapesPasswords(t *testing.T) {
	for _, test := range []struct{ dsn, want string }{
		{"root@tcp(127.0.0.1:3306)/test", "mysql://root@127.0.0.1:3306/test"},
		{
			"me:p@ss/w@tcp(db:3306)/cars?parseTime=true",
			"mysql://me:p%40ss%2Fw@db:3306/cars?parseTime=true",
		},
		{"me:p?w@tcp(db:3306)/", "mysql://me:p%3Fw@db:3306/"},
		{"tcp(db:3306)/", "mysql://db:3306/"},
		{"root@unix(/run/socket)/test", ""},
		{"root@tcp(db:3306)", ""},
		{"", ""},
	} {
		got, err := toURI(test.dsn)
		if got != test.want || (err != nil) != (test.want == "") {
			t.Errorf("toURI(%q) = %q, %v; want %q", test.dsn, got, err, test.want)
		}
	}
}

// greet returns the packet that a server sends as soon as a client connects:
// three bytes of length, one of sequence, then the protocol and the version.
func greet(address string) ([]byte, error) {
	conn, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	var head [4]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return nil, err
	}
	packet := make([]byte, int(head[0])|int(head[1])<<8|int(head[2])<<16)
	_, err = io.ReadFull(conn, packet)
	return packet, err
}
