package exec

import (
	"database/sql/driver"
	"reflect"
	"strings"
	"sync"
)

// Prepared keeps prepared statements on the connections of one pool, for the life of each. The zero Prepared is ready. It is safe for
// concurrent use.
type Prepared struct {
	mu    sync.Mutex
	conns map[driver.Conn]*statements
	calls uint64
}

// statements are those of one connection, by their text. One call at a time has them.
type statements struct {
	byText map[string]driver.Stmt
	owned  bool // nobody else's can be run in their place
	busy   bool
	used   uint64 // the call that has used them last
}

const (
	// maxStatements is how many are kept on one connection. The texts are the program's own, but optional parameters multiply them.
	maxStatements = 256

	// spare is how many connections beyond twice the open ones are remembered: the pool tells nobody when it closes one.
	spare = 16
)

// take returns the statements of a connection, nil when they cannot be kept: a connection may be no key of a map, some drivers
// for tests hand out the same for all, and pgx keeps statements by itself, the same ones for everybody.
func (p *Prepared) take(conn driver.Conn, open func() int) *statements {
	if !reflect.ValueOf(conn).Comparable() || isPGX(conn) {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.conns[conn]
	switch {
	case ok && s.busy:
		return nil
	case !ok:
		if p.conns == nil {
			p.conns = map[driver.Conn]*statements{}
		}
		s = &statements{byText: map[string]driver.Stmt{}}
		p.conns[conn] = s
		for most := 2*open() + spare; len(p.conns) > most && p.dropOldest(); {
		}
	}
	s.busy = true
	return s
}

// give takes back the statements of a connection, and forgets them if it is lost.
func (p *Prepared) give(conn driver.Conn, s *statements, lost bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	s.busy, s.used = false, p.calls
	if lost {
		delete(p.conns, conn)
	}
}

// dropOldest forgets the connection that has not been used for longest, most likely a closed one. If it is not, the
// database keeps its statements as long as it is open.
func (p *Prepared) dropOldest() bool {
	var oldest driver.Conn
	for conn, s := range p.conns {
		if !s.busy && s.used > 0 && (oldest == nil || s.used < p.conns[oldest].used) {
			oldest = conn
		}
	}
	delete(p.conns, oldest)
	return oldest != nil
}

// driverOf returns the path of the package that a connection's type is from.
func driverOf(conn any) string {
	t := reflect.TypeOf(conn)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath()
}

func isPQ(conn any) bool  { return driverOf(conn) == "github.com/lib/pq" }
func isPGX(conn any) bool { return strings.HasPrefix(driverOf(conn), "github.com/jackc/pgx/") }
