package metrics

import "sync"

// A family has the metrics of one name by the values of their one or two labels.
type family[T any] struct {
	labels int
	make   func(values ...string) T
	mu     sync.RWMutex
	known  map[[2]string]T
}

func newFamily[T any](labels int, make func(values ...string) T) *family[T] {
	return &family[T]{labels: labels, make: make, known: map[[2]string]T{}}
}

// with returns the metric with the values of labels.
func (f *family[T]) with(first, second string) T {
	key := [2]string{first, second}
	f.mu.RLock()
	one, ok := f.known[key]
	f.mu.RUnlock()
	if !ok {
		one = f.add(key)
	}
	return one
}

// add returns a metric that may be new, or the one that stands for others.
func (f *family[T]) add(key [2]string) T {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.known) >= most {
		key = [2]string{"other", "other"}
	}
	one, ok := f.known[key]
	if !ok {
		one = f.make(key[:f.labels]...)
		f.known[key] = one
	}
	return one
}
