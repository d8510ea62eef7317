package token

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	maxKeys   = 1 << 20 // bytes of a set of keys
	loadTime  = 5 * time.Second
	fileAge   = time.Second // after which a file is read again
	urlAge    = 5 * time.Minute
	urlPeriod = 10 * time.Second // between two requests to a URL for keys that are not known
)

// A source is where keys come from: a text, or a file or URL that may change.
type source struct {
	load   func(context.Context) (string, error) // nil for a text, which stays as it is
	parse  func(string) ([]key, error)
	age    time.Duration // after which keys are loaded again
	period time.Duration // between two attempts
	now    func() time.Time
	failed func(error) // nil, or called when loading fails, once until it succeeds

	loading sync.Mutex // held by the one that loads
	failing bool       // guarded by loading
	mu      sync.Mutex // guards what follows
	text    string
	keys    []key
	version int       // of the keys
	loaded  time.Time // last with success
	tried   time.Time // last
}

// newSource returns a source for a secret as PostgREST has it, a file that @ names, or the URL of a
// JWKS. The keys are loaded once.
func newSource(secret string, isBase64 bool, now func() time.Time) (*source, error) {
	s := &source{now: now, parse: parseKeys}
	if isBase64 {
		s.parse = func(text string) ([]key, error) {
			text, err := decodeBase64(text)
			if err != nil {
				return nil, err
			}
			return parseKeys(text)
		}
	}
	if file, ok := strings.CutPrefix(secret, "@"); ok {
		s.load, s.age, s.period = fromFile(file), fileAge, fileAge
	} else if strings.HasPrefix(secret, "https://") || strings.HasPrefix(secret, "http://") {
		u, err := url.Parse(secret)
		if err != nil || u.Host == "" {
			return nil, errors.New("the URL of the JWKS is malformed")
		}
		if !isSafe(u) {
			return nil, errors.New("the URL of the JWKS must begin with https://, " +
				"since others could send their own keys")
		}
		s.load, s.age, s.period = fromURL(secret), urlAge, urlPeriod
		s.parse = parsePublic
	}
	if s.load == nil {
		keys, err := s.parse(secret)
		s.keys = keys
		return s, err
	}
	return s, s.refresh(context.Background())
}

// isSafe reports whether nobody on the way can change what comes from a URL.
func isSafe(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

func fromFile(file string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		content, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		text := strings.TrimPrefix(string(content), "\ufeff") // which some editors write
		return strings.TrimRight(text, "\r\n"), nil
	}
}

func fromURL(address string) func(context.Context) (string, error) {
	client := &http.Client{CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if !isSafe(r.URL) || len(via) > 3 {
			return errors.New("the URL of the JWKS leads elsewhere")
		}
		return nil
	}}
	return func(ctx context.Context) (string, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return "", err
		}
		res, err := client.Do(r)
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		content, err := io.ReadAll(io.LimitReader(res.Body, maxKeys))
		if err == nil && res.StatusCode != http.StatusOK {
			err = fmt.Errorf("the response for the JWKS is %s", res.Status)
		}
		return string(content), err
	}
}

// parsePublic refuses secrets: what a URL serves others know, too.
func parsePublic(text string) (list []key, err error) {
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return nil, errors.New("the URL does not serve a JWKS")
	}
	keys, err := parseKeys(text)
	for _, k := range keys {
		if _, secret := k.material.([]byte); !secret {
			list = append(list, k)
		}
	}
	if err == nil && len(list) == 0 {
		err = errors.New("the URL serves no public key")
	}
	return list, err
}

// refresh loads the keys. What was loaded before stays in force if that fails.
func (s *source) refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, loadTime)
	defer cancel()
	now := s.now()
	text, err := s.load(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tried = now
	if err != nil {
		return err
	}
	if text != s.text || s.keys == nil {
		keys, err := s.parse(text)
		if err != nil {
			return err
		}
		s.text, s.keys = text, keys
		s.version++
	}
	s.loaded = now
	return nil
}

// current returns the keys and their version. Old ones are loaded again first, by one request; if
// none has what a token needs so are others, though not more often than the period, and requests
// that need the same wait for those that are being loaded.
func (s *source) current(ctx context.Context, missing bool) ([]key, int) {
	switch {
	case s.load == nil:
	case missing:
		s.loading.Lock()
		s.reload(ctx, true)
		s.loading.Unlock()
	case s.isDue(false) && s.loading.TryLock():
		s.reload(ctx, false)
		s.loading.Unlock()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys, s.version
}

// isDue reports whether the keys are to be loaded again.
func (s *source) isDue(missing bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	return (missing || now.Sub(s.loaded) >= s.age) && now.Sub(s.tried) >= s.period
}

// reload loads the keys again if that is still due. Call it with loading held.
func (s *source) reload(ctx context.Context, missing bool) {
	if !s.isDue(missing) {
		return
	}
	// A client that leaves must not keep the others from their keys. If loading fails the old keys
	// stay, and a token that they do not verify is refused.
	err := s.refresh(context.WithoutCancel(ctx))
	if err != nil && !s.failing && s.failed != nil {
		s.failed(err)
	}
	s.failing = err != nil
}
