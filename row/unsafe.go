package row

import "unsafe"

// Text and bytes pass through a Value without being copied, whichever the driver hands over. What is viewed here is
// good until the next row and modified by nobody until then; this is the only file of the library that needs unsafe.

// stringOf views b as a string, which changes when b does.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf views s as bytes, which must not be modified.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
