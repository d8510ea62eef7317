package importer

import (
	"fmt"
	"os"
	"testing"
)

// A file that cannot grow, as on a full disk, still has the chunks before.
func TestSorterKeepsWhatFitted(t *testing.T) {
	s, err := newSorter(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if err := s.add(keysOnly("7")); err != nil {
		t.Fatal(err)
	}
	fixed, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", s.file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	s.file.Close()
	s.file = fixed
	if err := s.add(keysOnly("8")); err == nil {
		t.Error("a chunk was added to a file that only can be read")
	}
	if err := s.rewind(); err != nil {
		t.Fatal(err)
	}
	var c chunk
	if err := s.next(&c); err != nil || string(c.data) != "7" || !c.done {
		t.Errorf("%v, keys %s, want 7 and the end", err, c.data)
	}
}
