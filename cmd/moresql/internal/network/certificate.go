package network

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// A Certificate is that of files, which may change.
type Certificate struct {
	cert, key string
	log       *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	changed [2]time.Time // of the files, when they were read
	looked  time.Time
}

// NewCertificate reads the files.
func NewCertificate(cert, key string, log *slog.Logger) (*Certificate, error) {
	c := &Certificate{cert: cert, key: key, log: log}
	if err := c.read(c.times()); err != nil {
		return nil, fmt.Errorf("-tls-cert and -tls-key cannot be used: %w", err)
	}
	return c, nil
}

// times returns when the files have changed.
func (c *Certificate) times() (changed [2]time.Time) {
	for i, name := range []string{c.cert, c.key} {
		if info, err := os.Stat(name); err == nil {
			changed[i] = info.ModTime()
		}
	}
	return changed
}

// read reads the files.
func (c *Certificate) read(changed [2]time.Time) error {
	c.changed, c.looked = changed, time.Now()
	current, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err == nil {
		c.current = &current
	}
	return err
}

// get returns the certificate, for tls.Config.GetCertificate. Files that have changed are read
// again, and looked at once a second at most. While they do not belong together the old ones stay.
func (c *Certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) < time.Second {
		return c.current, nil
	}
	c.looked = time.Now()
	if changed := c.times(); changed != c.changed {
		if err := c.read(changed); err != nil {
			c.log.Error("the certificate stays as it was", "error", err)
		} else {
			c.log.Info("the certificate has been read again")
		}
	}
	return c.current, nil
}

// Config returns the configuration of a server.
func (c *Certificate) Config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, GetCertificate: c.get, NextProtos: []string{"http/1.1"},
	}
}
