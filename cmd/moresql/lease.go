package main

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/moresql/moresql/cmd/moresql/internal/database"
)

// A lease is a database that several generations of the configuration may use. The last of them
// closes it.
type lease struct {
	*database.DB
	data   string // the flag -data that it was opened with
	users  atomic.Int32
	once   sync.Once
	closed atomic.Bool
}

// open opens a database for one user.
func (s *service) open(where database.Place, o options) (*lease, error) {
	db, err := where.Open(o.data, o.connections)
	if err != nil {
		return nil, err
	}
	db.Bound(o.memory, o.timeout) // before the first connection
	l := &lease{DB: db, data: o.data}
	s.leases = append(slices.DeleteFunc(s.leases, func(l *lease) bool { return l.closed.Load() }), l)
	return l.take(), nil
}

// take adds a user. There has to be one already.
func (l *lease) take() *lease {
	l.users.Add(1)
	return l
}

// release removes a user, and does not wait until the database is closed.
func (l *lease) release() {
	if l.users.Add(-1) == 0 {
		go l.shut()
	}
}

// shut closes the database whoever uses it, once, and returns when it is closed.
func (l *lease) shut() {
	l.once.Do(func() {
		l.DB.Close()
		l.closed.Store(true)
	})
}

// closeDatabases closes all databases, those of requests that did not end in time too.
func (s *service) closeDatabases() {
	for _, l := range s.leases {
		l.shut()
	}
}
