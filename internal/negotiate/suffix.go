package negotiate

import (
	"maps"
	"slices"
	"strings"

	"github.com/moresql/moresql/encoder"
)

// suffixes are what an address may end in for a media type, as files do.
var suffixes = map[string]string{
	".arrow": "application/vnd.apache.arrow.stream", ".csv": "text/csv", ".gif": "image/gif",
	".html": "text/html", ".jpg": "image/jpeg", ".json": "application/json",
	".msgpack": "application/vnd.msgpack", ".ndjson": "application/x-ndjson",
	".pdf": "application/pdf", ".png": "image/png", ".svg": "image/svg+xml", ".txt": "text/plain",
	".webp": "image/webp", ".xml": "text/xml",
}

// CutSuffix returns the path before a suffix that names a media type, false if there is none.
func CutSuffix(path string) (before, mediaType string, ok bool) {
	dot := strings.LastIndexByte(path, '.')
	if dot < 1 || path[dot-1] == '/' {
		return path, "", false
	}
	mediaType, ok = suffixes[path[dot:]]
	return path[:dot], mediaType, ok
}

// Suffixes returns those of the media types that encoders write, in their order.
func Suffixes(encoders []encoder.Encoder) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(suffixes)), func(suffix string) bool {
		return !Offers(encoders, suffixes[suffix])
	})
}

// Offers reports whether one of the encoders writes a media type, whatever its parameters.
func Offers(encoders []encoder.Encoder, mediaType string) bool {
	return slices.ContainsFunc(encoders, func(e encoder.Encoder) bool {
		return SameType(e.MediaType(), mediaType)
	})
}

// SameType reports whether a media type with parameters is one without.
func SameType(full, mediaType string) bool {
	m, ok := parse(full)
	return ok && m.name+"/"+m.subtype == mediaType
}
