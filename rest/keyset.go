package rest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/moresql/moresql"
	"github.com/moresql/moresql/internal/dialect"
	"github.com/moresql/moresql/internal/filter"
	"github.com/moresql/moresql/row"
)

// A page by keyset begins after a row and not after a number of rows, so that it is right while
// rows come and go, and as fast as the first one. The order of the request is completed by the key
// of the relation. The link to the next page has a cursor: the values that the order has in the
// last row.

const cursorParam = "cursor"

// takeCursor takes the cursor out of the parameters of a query, "" for none. A filter on a column
// of that name has a dot.
func takeCursor(pairs []filter.Pair) (rest []filter.Pair, cursor string) {
	i := slices.IndexFunc(pairs, func(p filter.Pair) bool {
		return p.Name == cursorParam && !strings.Contains(p.Value, ".")
	})
	if i < 0 {
		return pairs, ""
	}
	return slices.Delete(slices.Clone(pairs), i, i+1), pairs[i].Value
}

// pageByKeyset has a statement return a page by keyset, if the request wants one.
func (q *viewing) pageByKeyset(inner *dialect.Inner, wanted *part, meta *dialect.Meta) (err error) {
	inner.Keyset, err = q.keyset(wanted)
	q.follows = inner.Keyset != nil
	limit := wanted.query.Limit
	meta.Cursor = inner.Keyset != nil && limit != nil && *limit > 0
	wanted.links = meta.Cursor
	return err
}

// keyset completes the order of a query for pages by keyset, which begin after a cursor.
func (q *viewing) keyset(wanted *part) (*dialect.Keyset, error) {
	query := wanted.query
	if !wanted.keyset {
		return nil, nil
	}
	_, relation := q.from.base()
	switch {
	case relation.Key == nil:
		return nil, noKey(relation.Name)
	case query.Aggregates():
		return nil, noKeyset("pages by keyset are for rows, and not for groups of them")
	case query.Offset != nil && *query.Offset > 0:
		return nil, noKeyset("a page by keyset begins after a cursor, and not after an offset")
	}
	query.Order = slices.Clone(query.Order)
	desc := len(query.Order) > 0 && query.Order[len(query.Order)-1].Desc
	for _, name := range relation.Key {
		if !slices.ContainsFunc(query.Order, func(t filter.Term) bool {
			return isColumn(t, name)
		}) {
			field := filter.Field{Column: name, Param: "order"}
			query.Order = append(query.Order, filter.Term{Field: field, Desc: desc})
		}
	}
	query.Order = query.Order[:unique(query.Order, relation.Key)]
	wanted.order = orderOf(q.relationName(), query.Order)
	k := &dialect.Keyset{Key: relation.Key}
	if wanted.cursor != "" {
		var err error
		if k.After, err = readCursor(wanted.cursor, wanted.order); err != nil {
			return nil, err
		}
		if len(k.After) != len(query.Order) {
			return nil, badCursor()
		}
	}
	return k, nil
}

// unique returns how many terms of an order it takes until all columns of a key are among them:
// those that follow decide nothing.
func unique(order []filter.Term, key []string) int {
	missing := len(key)
	for i, t := range order {
		isFirst := !slices.ContainsFunc(order[:i], func(other filter.Term) bool {
			return isColumn(other, t.Field.Column)
		})
		if slices.Contains(key, t.Field.Column) && isColumn(t, t.Field.Column) && isFirst {
			missing--
		}
		if missing == 0 {
			return i + 1
		}
	}
	return len(order)
}

// isColumn reports whether a term of an order is a column of the relation itself.
func isColumn(t filter.Term, name string) bool {
	return t.Embed == "" && t.Field.Column == name && t.Field.Path == nil
}

func (q *viewing) relationName() string {
	_, r := q.from.base()
	return dialect.JoinName(r.Schema, r.Name)
}

// orderOf returns a text that is another one for every relation and order.
func orderOf(relation string, order []filter.Term) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q", relation)
	for _, t := range order {
		fmt.Fprintf(&b, " %q.%q%+v %t %d", t.Embed, t.Field.Column, t.Field.Path, t.Desc, t.Nulls)
	}
	return b.String()
}

// sumLength is how many bytes of a hash show that a cursor has been changed, or is of another
// order. It keeps nobody from making one up, who could choose the same rows by filters.
const sumLength = 8

// writeCursor returns the cursor for the values of a row, a JSON array, in an order.
func writeCursor(values []byte, order string) string {
	return base64.RawURLEncoding.EncodeToString(append(sumOf(values, order), values...))
}

func sumOf(values []byte, order string) []byte {
	sum := sha256.Sum256(append([]byte(order+"\x00"), values...))
	return sum[:sumLength]
}

// readCursor returns the values of a cursor.
func readCursor(text, order string) (values []*string, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) < sumLength ||
		!bytes.Equal(b[:sumLength], sumOf(b[sumLength:], order)) ||
		json.Unmarshal(b[sumLength:], &values) != nil || values == nil {
		return nil, badCursor()
	}
	return values, nil
}

// link adds the link to the next page by keyset, if there is one, to a header.
func (p *part) link(h http.Header, r *http.Request, values row.Value) {
	if values.IsNull() || !isSafe(r) {
		return
	}
	isCursor := func(name, value string) bool { // and no filter
		return name == cursorParam && !strings.Contains(value, ".")
	}
	pairs := append(withoutPage(r.URL.RawQuery, isCursor), fmt.Sprintf("limit=%d", *p.query.Limit),
		cursorParam+"="+writeCursor(values.Raw(), p.order))
	h.Add("Link", fmt.Sprintf(`<?%s>; rel="next"`, strings.Join(pairs, "&")))
}

// noKey refuses pages by keyset of a relation whose rows nothing tells apart.
func noKey(relation string) error {
	e := noKeyset(fmt.Sprintf("%.63s has no key by which its rows can be told apart", relation))
	e.Hint = "give the table a primary key, or page by limit and offset"
	return e
}

// noOperator completes the error of the database that values of a type have no order, or one by
// operators that pages by keyset do not know.
func noOperator(e *moresql.Error) {
	e.Message = "pages by keyset need an order of columns whose types have the operators < and >"
	e.Hint = "order by other columns, or page by limit and offset"
}

func noKeyset(message string) *moresql.Error {
	return &moresql.Error{
		Status: http.StatusBadRequest, Code: codePrefer, Public: true, Message: message,
		Hint: "leave out Prefer: pagination=keyset, and the cursor",
	}
}

// badCursor refuses a cursor that no link to this order of these rows has had.
func badCursor() error {
	return &filter.Error{
		Param: cursorParam, Message: "it is no cursor of these rows in this order",
		Hint: "follow the Link of the page before, with nothing changed in it; or begin without a cursor",
	}
}
