package events

import (
	"strconv"
	"strings"
	"sync"
)

// A memory is the last events of a channel, each as it is sent: written once for all subscribers. A
// subscriber is a position in it, the number of the next event, so that any number of them takes
// no more memory than one, and a slow one holds up nobody.
type memory struct {
	epoch string // tells the numbers of this process from those of another
	limit int    // bytes

	mu     sync.Mutex
	frames [][]byte
	first  uint64 // the number of frames[0]
	size   int    // the bytes of frames, with what each takes besides
	more   chan struct{}
}

// overhead is what a frame takes in memory besides its bytes.
const overhead = 32

func newMemory(epoch string, limit int) *memory {
	return &memory{epoch: epoch, limit: limit, first: 1, more: make(chan struct{})}
}

// add appends an event, of the kind "" for a message, and wakes the subscribers.
func (m *memory) add(kind, payload string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	frame := m.frame(m.first+uint64(len(m.frames)), kind, payload)
	m.frames = append(m.frames, frame)
	m.size += len(frame) + overhead
	for m.size > m.limit && len(m.frames) > 1 {
		m.size -= len(m.frames[0]) + overhead
		m.frames[0] = nil
		m.frames = m.frames[1:]
		m.first++
	}
	close(m.more)
	m.more = make(chan struct{})
}

// frame writes an event as the standard has it. A line that ends with CR, alone or before LF, ends
// with LF for the subscriber: the format has no other.
func (m *memory) frame(number uint64, kind, payload string) []byte {
	b := []byte("id: " + m.id(number) + "\n")
	if kind != "" {
		b = append(b, "event: "+kind+"\n"...)
	}
	for line := range strings.SplitSeq(lineEnds.Replace(payload), "\n") {
		b = append(b, "data: "+line+"\n"...)
	}
	return append(b, '\n')
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func (m *memory) id(number uint64) string {
	return m.epoch + "-" + strconv.FormatUint(number, 10)
}

// end returns the position after the last event, and the ID of that, which is one of this memory's
// also when there is none.
func (m *memory) end() (next uint64, id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	next = m.first + uint64(len(m.frames))
	return next, m.id(next - 1)
}

// after returns the position after the event with an ID, false if what follows is not all kept, or
// the ID is not one of this memory.
func (m *memory) after(id string) (next uint64, ok bool) {
	epoch, text, found := strings.Cut(id, "-")
	number, err := strconv.ParseUint(text, 10, 63)
	if !found || epoch != m.epoch || err != nil {
		return 0, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return number + 1, number+1 >= m.first && number < m.first+uint64(len(m.frames))
}

// read appends frames from a position to list, and returns the next position and what is closed
// when there is more. It is false if the position has been forgotten.
func (m *memory) read(list [][]byte, next uint64) ([][]byte, uint64, <-chan struct{}, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if next < m.first {
		return list, next, nil, false
	}
	some := m.frames[next-m.first:]
	some = some[:min(len(some), cap(list)-len(list))]
	return append(list, some...), next + uint64(len(some)), m.more, true
}
