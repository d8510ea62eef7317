package row

import "unsafe"

// A Value holds its text as a string, the driver's own or one in memory of a scanner's that later rows use again, and gives it as
// bytes, without a copy either way. What is viewed here is modified by nobody until the next row; this is the only
// file of the library that needs unsafe.

// stringOf views b as a string, which changes when b does.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf views s as bytes, which must not be modified.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
