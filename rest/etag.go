package rest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/row"
)

// A response with one row of a table has an entity tag, "VERSION.HASH": the version of the row, and
// a hash of all else that the bytes of the response depend on. So it is a strong validator (RFC
// 9110, 8.8.1), as If-Match needs one, which goes by the version alone: who has read a row in
// whatever form may change it. What cannot be known by the row, such as what is embedded in it, has
// no tag.

// isTagged reports whether the response to a query has an entity tag: it has one row of a table
// that knows its rows' versions, by the key or because another number is an error, and nothing is
// selected but columns that are written as they are.
func (q *viewing) isTagged(query *filter.Query, shape row.Shape) bool {
	t, ok := q.from.(*tabling)
	if !ok || !isSafe(q.request) || t.relation.Version == "" || t.relation.Key == nil ||
		!holdsKey(query.Where, t.relation.Key) && shape != row.One ||
		query.Limit != nil && *query.Limit == 0 {
		return false
	}
	if query.Select == nil {
		return !slices.ContainsFunc(t.relation.Columns, isRepresented)
	}
	return !slices.ContainsFunc(query.Select, func(item filter.Item) bool {
		if item.All {
			return slices.ContainsFunc(t.relation.Columns, isRepresented)
		}
		a := t.relation.Column(item.Field.Column)
		return item.Embed != nil || item.Aggregate != "" || a == nil || isRepresented(*a)
	})
}

// isRepresented reports whether the values of a column are written by functions of the database, or
// by names that may change: those of tables, and of the fields of composites.
func isRepresented(a catalog.Attribute) bool {
	t := a.Type
	for t != nil && t.Representation.AsJSON == nil && (t.Kind == catalog.Array || t.Base != nil) {
		if t.Kind == catalog.Array {
			t = t.Elem
		} else {
			t = t.Base
		}
	}
	return t == nil || t.Representation.AsJSON != nil || t.Kind == catalog.Composite ||
		t.Schema == "pg_catalog" && strings.HasPrefix(t.Name, "reg")
}

// holdsKey reports whether conditions choose one row at most, by the values of a key.
func holdsKey(where []filter.Condition, key []string) bool {
	return !slices.ContainsFunc(key, func(name string) bool {
		return !slices.ContainsFunc(where, func(c filter.Condition) bool {
			return c.Op == filter.Eq && !c.Not && c.Each == filter.Once && c.Field.Column == name &&
				c.Field.Path == nil
		})
	})
}

// tag returns the entity tag of a response, "" if there is no row. version is what
// dialect.Meta.Version has.
func (q *viewing) tag(selected dialect.Selected, mediaType string, version row.Value) string {
	var parts []string
	if version.IsNull() || json.Unmarshal(version.Raw(), &parts) != nil || len(parts) == 0 {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %#v %q",
		mediaType, selected.Names, selected.Query, selected.Extra, parts[1:]))
	return `"` + parts[0] + "." + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// replyTagged has a response carry its entity tag, or be 304 or 412 by it (RFC 9110, 13.2.2).
func (q *viewing) replyTagged(status int, h http.Header, tag string) (int, http.Header, error) {
	r := q.request.Header
	if match := r.Values("If-Match"); match != nil && !matchesTag(match, tag, false) {
		return 0, nil, noMatch()
	}
	if tag == "" || status != http.StatusOK && status != http.StatusPartialContent {
		return status, h, nil
	}
	setDefault(h, "Etag", tag)
	if none := r.Values("If-None-Match"); none != nil && matchesTag(none, tag, true) {
		h.Del("Content-Range")
		h.Del("Link")
		return http.StatusNotModified, h, nil
	}
	return status, h, nil
}

// matchesTag reports whether one of a list of entity tags, or *, is a tag; weak reports whether
// weak tags count.
func matchesTag(fields []string, tag string, weak bool) bool {
	for _, text := range tagsOf(fields) {
		if weak {
			text = strings.TrimPrefix(text, "W/")
		}
		if tag != "" && (text == tag || text == "*") {
			return true
		}
	}
	return false
}

// tagsOf splits lists of entity tags; a tag of ours has no comma.
func tagsOf(fields []string) (tags []string) {
	for _, field := range fields {
		for text := range strings.SplitSeq(field, ",") {
			tags = append(tags, strings.TrimSpace(text))
		}
	}
	return tags
}

// A precondition is what a request that writes demands of the row (RFC 9110, 13.1).
type precondition struct {
	versions []string // that the row must have one of; nil for any
	exists   bool     // there must be such a row: If-Match
	absent   bool     // there must be no row: If-None-Match: *
}

// preconditionOf reads what a request that writes rows of a relation demands of them.
func (t *tabling) preconditionOf(
	h http.Header, where []filter.Condition,
) (p precondition, err error) {
	match, none := h.Values("If-Match"), h.Values("If-None-Match")
	if match == nil && none == nil {
		return p, nil
	}
	if t.write.kind == dialect.Insert && !t.write.put {
		return p, &moresql.Error{
			Status: http.StatusBadRequest, Code: codeParse, Public: true,
			Message: "POST writes new rows, of which no version is known",
			Hint:    "use PUT, which writes one row by its key, or leave out If-Match and If-None-Match",
		}
	}
	p.absent = slices.Equal(tagsOf(none), []string{"*"})
	if match == nil {
		return p, nil
	}
	p.exists = true
	tags := tagsOf(match)
	if slices.Contains(tags, "*") {
		return p, nil
	}
	if t.relation.Version == "" || !holdsKey(where, t.relation.Key) || t.relation.Key == nil {
		return p, noVersion()
	}
	p.versions = []string{}
	for _, tag := range tags {
		version, _, _ := strings.Cut(strings.TrimPrefix(tag, `"`), ".")
		if strings.HasPrefix(tag, `"`) && version != "" && strings.Trim(version, "0123456789") == "" {
			p.versions = append(p.versions, version)
		}
	}
	return p, nil
}

// check refuses what has been written of rows that are not as the request demands. That takes the
// write back.
func (p precondition) check(rows, inserted int64, put bool) error {
	switch {
	case p.exists && (rows == 0 || put && inserted > 0):
		return noMatch()
	case p.absent && (put && inserted == 0 || !put && rows > 0):
		return noMatch()
	}
	return nil
}

// noMatch refuses a request whose precondition does not hold.
func noMatch() error {
	return &moresql.Error{
		Status: http.StatusPreconditionFailed, Public: true,
		Message: "the row is not the one that the request is for",
		Hint:    "read it again: it has been changed, or is there no longer",
	}
}

// noVersion refuses a demand that cannot be known to hold.
func noVersion() error {
	return &moresql.Error{
		Status: http.StatusPreconditionFailed, Public: true,
		Message: "If-Match is for one row, by its key, of a table that knows the versions of its rows",
		Hint:    "filter by all columns of the key with eq, or leave out If-Match",
	}
}
