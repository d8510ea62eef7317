// Package network opens the addresses of the server.
package network

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/moresql/moresql/cmd/moresql/internal/failure"
	"github.com/moresql/moresql/cmd/moresql/internal/systemd"
)

// A Network says where and how the server is reached, and how it ends.
type Network struct {
	Addr       string
	AdminAddr  string // of health and metrics, "" for none
	socketMode string
	Cert, Key  string // the files of TLS, "" for none

	Drain time.Duration // after a signal to stop, before the server takes no more connections
	Grace time.Duration // for requests in flight after that
}

// UnixPrefix begins the address of a Unix socket.
const UnixPrefix = "unix:"

// Flags adds the flags that say where the server is reached.
func (n *Network) Flags(flags *flag.FlagSet) {
	flags.StringVar(&n.Addr, "addr", "localhost:8080",
		"serve on `host:port`, whose port 0 takes any free one, or at a Unix socket, unix:/path;\n"+
			"a socket of systemd goes before it")
	flags.StringVar(&n.AdminAddr, "admin-addr", "",
		"serve /live, /ready and, for Prometheus, /metrics on `host:port` or unix:/path, without\n"+
			"authentication")
	flags.StringVar(&n.socketMode, "socket-mode", "660",
		"let whom the `MODE` names, an octal number, connect to a Unix socket")
	flags.StringVar(&n.Cert, "tls-cert", "",
		"serve HTTPS by the certificate in the `FILE`, PEM with those of its issuers after it; it\n"+
			"and the key are read again when they have changed")
	flags.StringVar(&n.Key, "tls-key", "", "the `FILE` of the private key of -tls-cert")
	flags.DurationVar(&n.Drain, "drain", 0,
		"after a signal to stop serve this `long` as before, while /ready fails, so that balancers\n"+
			"can notice")
	flags.DurationVar(&n.Grace, "grace", 10*time.Second,
		"then let the requests that run end, for this `long`")
}

// Check reports what makes no sense.
func (n *Network) Check() error {
	_, err := n.mode()
	switch {
	case err != nil:
		return errors.New("-socket-mode must be an octal number such as 660")
	case (n.Cert == "") != (n.Key == ""):
		return errors.New("-tls-cert and -tls-key belong together")
	case n.Drain < 0 || n.Grace < 0:
		return errors.New("-drain and -grace must be times such as 10s, or 0")
	}
	for flag, addr := range map[string]string{"-addr": n.Addr, "-admin-addr": n.AdminAddr} {
		path, found := strings.CutPrefix(addr, UnixPrefix)
		if found && (path == "" || path[0] == '@') { // an abstract one has no mode that is kept
			return errors.New(flag + " unix: names a socket by its path")
		}
	}
	return nil
}

// mode returns the mode of Unix sockets.
func (n *Network) mode() (fs.FileMode, error) {
	mode, err := strconv.ParseUint(n.socketMode, 8, 9)
	return fs.FileMode(mode), err
}

// adminSocket is the name of the admin server's socket in systemd's configuration.
const adminSocket = "admin"

// Listeners are those of one server.
type Listeners []net.Listener

// Addrs returns where they listen.
func (all Listeners) Addrs() (addrs []net.Addr) {
	for _, l := range all {
		addrs = append(addrs, l.Addr())
	}
	return addrs
}

// Close closes them.
func (all Listeners) Close() {
	for _, l := range all {
		l.Close()
	}
}

// Listen opens the address of the API, or takes the sockets that systemd has opened.
func (n *Network) Listen(ctx context.Context) (Listeners, error) {
	inherited, err := systemd.Listeners("", adminSocket)
	for _, l := range inherited {
		if tcp, ok := l.(*net.TCPListener); ok {
			if c, err := tcp.SyscallConn(); err == nil {
				showProgress("", "", c)
			}
		}
	}
	if inherited != nil || err != nil {
		return inherited, err
	}
	return n.open(ctx, n.Addr, "-addr")
}

// ListenAdmin opens the address of the admin server. There are no listeners without one.
func (n *Network) ListenAdmin(ctx context.Context) (Listeners, error) {
	inherited, err := systemd.Listeners(adminSocket)
	if inherited != nil || err != nil || n.AdminAddr == "" {
		return inherited, err
	}
	return n.open(ctx, n.AdminAddr, "-admin-addr")
}

// open opens the address that a flag names.
func (n *Network) open(ctx context.Context, addr, flag string) (Listeners, error) {
	if path, found := strings.CutPrefix(addr, UnixPrefix); found {
		return n.openSocket(ctx, path, flag)
	}
	config := net.ListenConfig{Control: showProgress}
	config.SetMultipathTCP(false) // whose sockets do not hand the option on to those of clients
	listener, err := config.Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, failure.AddressInUse):
		return nil, fmt.Errorf("%s is in use: stop what listens there, "+
			"or choose another port with %s", addr, flag)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %q (%w): "+
			"choose a host:port of this machine with %s", addr, failure.Cause(err), flag)
	}
	return Listeners{listener}, nil
}

// openSocket opens a Unix socket. One that a process has left which was killed is replaced; one
// that somebody serves, and what is no socket, is not.
func (n *Network) openSocket(ctx context.Context, path, flag string) (Listeners, error) {
	if conn, err := net.Dial("unix", path); err == nil {
		conn.Close()
		return nil, fmt.Errorf("%s is in use: stop what listens there, "+
			"or choose another path with %s", path, flag)
	} else if errors.Is(err, failure.ConnectionRefused) {
		if info, err := os.Lstat(path); err == nil && info.Mode().Type() == fs.ModeSocket {
			os.Remove(path)
		}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("cannot listen at %q (%w): choose another path with %s",
			path, failure.Cause(err), flag)
	}
	mode, err := n.mode()
	if err == nil {
		err = os.Chmod(path, mode)
	}
	if err != nil {
		listener.Close()
		return nil, fmt.Errorf("cannot set the mode of %q (%w)", path, failure.Cause(err))
	}
	return Listeners{listener}, nil
}

// URL returns the URL of the server for clients on this machine, and what it says of itself.
func (n *Network) URL(at net.Addr) (url, where string) {
	scheme := "http://"
	if n.Cert != "" {
		scheme = "https://"
	}
	tcp, ok := at.(*net.TCPAddr)
	if !ok {
		return scheme + "localhost", UnixPrefix + at.String()
	}
	addr := n.Addr
	if strings.HasPrefix(addr, UnixPrefix) { // and systemd has a port
		addr = at.String()
	}
	url = scheme + address(addr, tcp.Port)
	return url, url
}

// address returns the host and port for clients on this machine.
func address(addr string, port int) string {
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}
