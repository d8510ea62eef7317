// Package nearest finds the name that a misspelt one most likely means.
package nearest

import "strings"

// longest is the length of the longest name in bytes, that of PostgreSQL's identifiers. No name is
// near a longer one.
const longest = 63

// Index returns the index of the one of n names that differs least from name, or -1 if none is
// similar: if more than a third of its letters differ. Upper and lower case are the same, unless
// that alone tells names apart. It may be called concurrently.
func Index(name string, n int, at func(int) string) int {
	lower := strings.ToLower(name) // which may be longer
	if max(len(name), len(lower)) > longest {
		return -1
	}
	best, fewest := -1, len(name)/3+1
	for i := range n {
		if at(i) == name {
			return i
		}
		if d := distance(strings.ToLower(at(i)), lower, fewest); d < fewest {
			best, fewest = i, d
		}
	}
	return best
}

// distance returns the number of bytes to insert, delete or change between a and b, and of
// neighbours to swap (Damerau and Levenshtein, each byte once), at most limit. The length of b
// is at most longest.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	var rows [3][longest + 1]int
	last, before, now := rows[0][:len(b)+1], rows[1][:len(b)+1], rows[2][:len(b)+1]
	for j := range before {
		before[j] = j
	}
	for i := range len(a) {
		now[0] = i + 1
		least := now[0]
		for j := range len(b) {
			change := before[j]
			if a[i] != b[j] {
				change++
			}
			now[j+1] = min(change, before[j+1]+1, now[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				now[j+1] = min(now[j+1], last[j-1]+1)
			}
			least = min(least, now[j+1])
		}
		if least > limit { // a swap may lead on from the row before
			return limit
		}
		last, before, now = before, now, last
	}
	return min(before[len(b)], limit)
}
