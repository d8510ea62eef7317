// Package gojson encodes values with github.com/goccy/go-json. It is the one package of the library
// that imports more than the standard library, and the pattern for swapping in any other.
package gojson

import (
	"github.com/goccy/go-json"

	"github.com/moresql/moresql/encoder"
)

// JSON returns an encoder that writes every value through goccy/go-json. It is safe for concurrent
// use.
func JSON() encoder.Encoder { return encoder.Marshal(json.Marshal) }
