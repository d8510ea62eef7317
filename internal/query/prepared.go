package query

import (
	"database/sql/driver"
	"reflect"
	"sync"
)

// Prepared keeps prepared statements on the connections of one pool, for the life of each. The zero Prepared is ready. It is safe for
// concurrent use.
type Prepared struct {
	mu    sync.Mutex
	conns map[driver.Conn]*statements
	calls uint64
}

// statements are those of one connection, by their text. Whoever has the connection has them to himself.
type statements struct {
	byText map[string]driver.Stmt
	used   uint64 // the call that has used them last
}

// maxStatements is how many are kept on one connection. The texts are the program's own, but optional parameters multiply them.
const maxStatements = 256

// on returns the statements of a connection, nil when they cannot be kept. The pool tells nobody when it closes a connection: the
// statements of those that have not been used for longest go once there are more than open connections.
func (p *Prepared) on(conn driver.Conn, open func() int) *statements {
	if !reflect.ValueOf(conn).Comparable() {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	s, ok := p.conns[conn]
	if !ok {
		if p.conns == nil {
			p.conns = map[driver.Conn]*statements{}
		}
		s = &statements{byText: map[string]driver.Stmt{}}
		p.conns[conn] = s
	}
	s.used = p.calls
	if !ok {
		for n := max(open(), 1); len(p.conns) > n; {
			p.dropOldest()
		}
	}
	return s
}

// dropOldest forgets the connection that has not been used for longest. It is most likely closed; if not, the database
// keeps its statements as long as it is open.
func (p *Prepared) dropOldest() {
	var oldest driver.Conn
	for conn, s := range p.conns {
		if oldest == nil || s.used < p.conns[oldest].used {
			oldest = conn
		}
	}
	delete(p.conns, oldest)
}

// drop forgets a connection that is lost.
func (p *Prepared) drop(conn driver.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, conn)
}
