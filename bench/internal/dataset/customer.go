package dataset

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// CustomerTable is the table of lookups by key, one row a request.
var CustomerTable = Table{"customer", append([]string{`
CREATE TABLE IF NOT EXISTS customer AS SELECT
	i AS id,
	'Customer ' || i AS name,
	'customer' || i || '@example.com' AS email,
	i %% 3 <> 0 AS active,
	(i * 1.37)::numeric(12,2) AS balance,
	timestamptz '2020-01-01 00:00:00+00' + i * interval '1 hour' AS since,
	CASE WHEN i %% 4 = 0 THEN 'calls for "Änne", mornings' END AS note
FROM generate_series(1, %[1]d) i`, `
CREATE UNIQUE INDEX IF NOT EXISTS customer_id ON customer (id)`, `
CREATE OR REPLACE FUNCTION get_customer(id int) RETURNS SETOF customer LANGUAGE sql STABLE AS
	'SELECT * FROM customer c WHERE c.id = $1'`, `
CREATE OR REPLACE FUNCTION get_offer(
	customer int, product text, express bool, discount numeric, day date
) RETURNS TABLE (
	id int, name text, item text, fast bool, price numeric, due date
) LANGUAGE sql STABLE AS $$
	SELECT c.id, c.name, upper($2), $3,
		round(c.balance * (1 - $4 / 100) + CASE WHEN $3 THEN 15 ELSE 0 END, 2),
		$5 + CASE WHEN $3 THEN 1 ELSE 7 END
	FROM customer c WHERE c.id = $1 $$`}, small...)}

// Customer is the row of get_customer.
type Customer struct {
	ID      int32       `db:"id" json:"id"`
	Name    string      `db:"name" json:"name"`
	Email   string      `db:"email" json:"email"`
	Active  bool        `db:"active" json:"active"`
	Balance json.Number `db:"balance" json:"balance"`
	Since   Time        `db:"since" json:"since"`
	Note    *string     `db:"note" json:"note"`
}

// GetCustomer returns the customer with the id in the query.
var GetCustomer = Function[Customer]{
	Name:   "get_customer",
	Params: []string{"id"},
	Args:   func(r *http.Request) ([]any, error) { return intArg(r, "id") },
	Scan: func(s Scanner, v *Customer) error {
		return s.Scan(&v.ID, &v.Name, &v.Email, &v.Active, &v.Balance, &v.Since, &v.Note)
	},
}

// Offer is the row of get_offer.
type Offer struct {
	ID    int32       `db:"id" json:"id"`
	Name  string      `db:"name" json:"name"`
	Item  string      `db:"item" json:"item"`
	Fast  bool        `db:"fast" json:"fast"`
	Price json.Number `db:"price" json:"price"`
	Due   Date        `db:"due" json:"due"`
}

// An Order is the body of a request to get_offer.
type Order struct {
	Customer int32       `json:"customer"`
	Product  string      `json:"product"`
	Express  bool        `json:"express"`
	Discount json.Number `json:"discount"`
	Day      string      `json:"day"`
}

// maxBody is the limit of moresql, which a careful program sets too.
const maxBody = 1 << 20

// GetOffer computes a row from the five values of an Order and the customer that it looks up.
var GetOffer = Function[Offer]{
	Name:   "get_offer",
	Params: []string{"customer", "product", "express", "discount", "day"},
	Args: func(r *http.Request) ([]any, error) {
		var o Order
		if err := json.NewDecoder(io.LimitReader(r.Body, maxBody)).Decode(&o); err != nil {
			return nil, fmt.Errorf("body: %w", err)
		}
		day, err := time.Parse(time.DateOnly, o.Day)
		if err != nil {
			return nil, fmt.Errorf("day: %w", err)
		}
		return []any{o.Customer, o.Product, o.Express, o.Discount.String(), day}, nil
	},
	Scan: func(s Scanner, v *Offer) error {
		return s.Scan(&v.ID, &v.Name, &v.Item, &v.Fast, &v.Price, &v.Due)
	},
}
