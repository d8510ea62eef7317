// Package merge puts options together that a program gives one after the other.
package merge

import (
	"maps"
	"reflect"
)

// Fields returns a struct with the fields of added, and those of old where these are zero.
func Fields[S any](old, added S) S {
	from, to := reflect.ValueOf(old), reflect.ValueOf(&added).Elem()
	for i := range to.NumField() {
		if to.Field(i).IsZero() {
			to.Field(i).Set(from.Field(i))
		}
	}
	return added
}

// Maps returns a map with the entries of old and of added, which go before those.
func Maps[M ~map[string]V, V any](old, added M) M {
	m := make(M, len(old)+len(added))
	maps.Copy(m, old)
	maps.Copy(m, added)
	return m
}
