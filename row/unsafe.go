package row

import "unsafe"

// A Value holds its text as a string: the driver's, or one in memory that a scanner uses again for
// later rows. Value.Raw returns it as bytes. Neither copies, and nothing modifies the memory before
// the next row. Besides this file only internal/quirk needs unsafe.

// stringOf views b as a string. The string changes if b does.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf views s as bytes. They must not be modified.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
