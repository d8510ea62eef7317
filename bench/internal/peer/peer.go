// Package peer holds servers that have processes of their own and call the functions of a schema
// by PostgREST's rules: the command of moresql, and others that the command line names.
package peer

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/moresql/moresql/bench/internal/measure"
)

// A Peer is a server that runs.
type Peer struct {
	Name string
	Addr string // host and port
	Path string // what comes before /rpc/
}

// Parse parses name=URL.
func Parse(text string) (Peer, error) {
	name, location, found := strings.Cut(text, "=")
	if !found || name == "" {
		return Peer{}, fmt.Errorf("%q is not name=URL", text)
	}
	u, err := url.Parse(location)
	switch {
	case err != nil:
		return Peer{}, err
	case u.Scheme != "http" || u.Hostname() == "":
		return Peer{}, fmt.Errorf("%q is no URL such as http://127.0.0.1:3000", location)
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	addr := net.JoinHostPort(u.Hostname(), port)
	return Peer{Name: name, Addr: addr, Path: strings.TrimSuffix(u.Path, "/")}, nil
}

// URL returns the URL of a target such as /rpc/one?a=1.
func (p Peer) URL(target string) string { return "http://" + p.Addr + p.Path + target }

// Wait waits until the peer responds to a request, no matter how.
func (p Peer) Wait(ctx context.Context, target string) error {
	retry := time.NewTicker(100 * time.Millisecond)
	defer retry.Stop()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL(target), nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(r)
		if err == nil {
			return response.Body.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not respond: %w", p.Name, err)
		case <-retry.C:
		}
	}
}

// Process returns the process of the peer, which runs on this machine.
func (p Peer) Process() (pid int, err error) {
	_, port, err := net.SplitHostPort(p.Addr)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return 0, err
	}
	return measure.Listener(n)
}
