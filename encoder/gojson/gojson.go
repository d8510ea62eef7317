// Package gojson encodes values with github.com/goccy/go-json. It is the only package of the module
// that imports more than the standard library, and an example of how to use another JSON library:
//
//	m := moresql.New(db, moresql.Encoders(gojson.JSON()))
package gojson

import (
	"github.com/goccy/go-json"

	"github.com/moresql/moresql/encoder"
)

// JSON returns an encoder that writes every value through goccy/go-json, in the form of
// encoder.JSON. It is safe for concurrent use.
func JSON() encoder.Encoder { return encoder.Marshal(json.Marshal) }
