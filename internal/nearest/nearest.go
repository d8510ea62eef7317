// Package nearest finds the name that somebody meant who wrote another.
package nearest

// longest is how many bytes a name may have: as many as one of PostgreSQL's. Nothing is near one that is longer.
const longest = 63

// Index returns which of n names differs from a name in the fewest letters, -1 when none is like it.
func Index(name string, n int, at func(int) string) int {
	if len(name) > longest {
		return -1
	}
	best, fewest := -1, len(name)/3+1
	for i := range n {
		if d := distance(at(i), name, fewest); d < fewest {
			best, fewest = i, d
		}
	}
	return best
}

// distance counts the letters to insert, delete or change between a and b, at most longest long, as far as limit (Levenshtein).
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	var rows [2][longest + 1]int
	before, now := rows[0][:len(b)+1], rows[1][:len(b)+1]
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
			least = min(least, now[j+1])
		}
		if least >= limit {
			return limit
		}
		before, now = now, before
	}
	return min(before[len(b)], limit)
}
