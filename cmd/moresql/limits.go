package main

import (
	"errors"
	"flag"
	"time"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/cmd/moresql/internal/database"
)

// Limits are what all requests together, and each of them, may cost. 0 is no limit unless it says
// otherwise.
type limits struct {
	connections int // of the pool, and so calls at once; at least 1
	queue       int // more that wait for one; 0 for none
	queueTime   time.Duration

	timeout   time.Duration // of a call
	writeTime time.Duration // for a client to take one block of a response; 0 is the default

	body, rows, bytes int64

	memory int64 // for all bodies together, and as much for large rows

	followers int // of all channels; at least 1
}

// flags adds the flags that set the limits.
func (l *limits) flags(flags *flag.FlagSet) {
	flags.IntVar(&l.connections, "connections", database.PoolSize,
		"open at most `n` connections to the database, and run as many calls at once")
	flags.IntVar(&l.queue, "queue", 1000,
		"let `n` more requests wait for their turn; others get 503 with Retry-After")
	flags.DurationVar(&l.queueTime, "queue-time", 10*time.Second,
		"let a request wait for its turn this `long`")
	flags.DurationVar(&l.timeout, "timeout", 30*time.Second,
		"end a call, and its query, that takes this `long`; 0 lets calls run on")
	flags.DurationVar(&l.writeTime, "write-timeout", writeTime,
		"cut off a client that takes this `long` for the next block of a response, at most 32 KiB")
	flags.Int64Var(&l.body, "limit-body", 1<<20,
		"refuse a request whose body is larger than `n` bytes; 0 takes all")
	flags.Int64Var(&l.rows, "limit-rows", 1_000_000,
		"end a response that has more than `n` rows with an error; 0 sends all")
	flags.Int64Var(&l.bytes, "limit-bytes", 1<<30,
		"end a response that is larger than `n` bytes with an error; 0 sends all")
	flags.Int64Var(&l.memory, "limit-memory", 256<<20,
		"hold at most `n` bytes of the bodies of all requests at once, and as many of rows that are\n"+
			"larger than 64 KiB; others get 503 with Retry-After; 0 holds all")
	flags.IntVar(&l.followers, "limit-followers", 10_000,
		"with -events: let at most `n` clients follow channels at once; others get 503 with\n"+
			"Retry-After")
}

// check returns an error that says which limit makes no sense.
func (l *limits) check() error {
	switch {
	case l.connections < 1:
		return errors.New("-connections must be at least 1")
	case l.queue < 0 || l.queueTime < 0:
		return errors.New("-queue and -queue-time must not be negative")
	case l.timeout < 0:
		return errors.New("-timeout must be a time such as 30s, or 0 for none")
	case l.writeTime <= 0:
		return errors.New("-write-timeout must be a time such as 30s")
	case l.body < 0 || l.rows < 0 || l.bytes < 0 || l.memory < 0:
		return errors.New("-limit-body, -limit-rows, -limit-bytes and -limit-memory must be numbers, " +
			"or 0 for none")
	case l.followers < 1:
		return errors.New("-limit-followers must be at least 1")
	}
	return nil
}

// option returns the limits of the calls.
func (l *limits) option() moresql.Limits {
	write := l.writeTime
	if write == 0 {
		write = writeTime
	}
	return moresql.Limits{
		Body: lifted(l.body), Rows: lifted(l.rows), Bytes: lifted(l.bytes), Memory: lifted(l.memory),
		Timeout: lifted(l.timeout), Write: write,
		Running: l.connections, Waiting: l.queue, Wait: l.queueTime,
	}
}

// toolBytes returns the limit of the result of a tool, which is in memory as a whole: 0 for that of
// package mcp.
func (l *limits) toolBytes() int64 {
	const most = 4 << 20
	if l.bytes == 0 || l.bytes > most {
		return 0
	}
	return l.bytes
}

// lifted returns a limit as the library has it, where 0 is the default and less is none.
func lifted[N int64 | time.Duration](n N) N {
	if n == 0 {
		return -1
	}
	return n
}
