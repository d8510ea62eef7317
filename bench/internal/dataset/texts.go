package dataset

// TextsTable has texts of 20 KiB with quotes, line ends and characters beyond ASCII. They are
// stored uncompressed, since the compression of the server is not measured.
var TextsTable = Table{"texts", []string{`
CREATE TABLE IF NOT EXISTS texts (id int NOT NULL, body text NOT NULL)`, `
ALTER TABLE texts ALTER body SET STORAGE EXTERNAL`, `
INSERT INTO texts SELECT i, left(repeat(
	'Lorem ipsum dolor sit amet, consectetur adipiscing elit, ' ||
	'sed do eiusmod tempor incididunt ut labore.' || E'\n' ||
	'He said "naïve" and left; the parcel of the Café Müller goes to 東京, ' ||
	'by ship \ rail, row ' || i || ' of it. ', 120), 20000)
FROM generate_series((SELECT count(*) FROM texts) + 1, %[1]d) i`, `
CREATE OR REPLACE FUNCTION get_texts() RETURNS SETOF texts LANGUAGE sql STABLE
	AS 'SELECT * FROM texts'`}}

// Texts is a row of get_texts.
type Texts struct {
	ID   int32  `db:"id" json:"id"`
	Body string `db:"body" json:"body"`
}

// GetTexts returns all of TextsTable.
var GetTexts = Function[Texts]{
	Name: "get_texts",
	Args: noArgs,
	Scan: func(s Scanner, v *Texts) error { return s.Scan(&v.ID, &v.Body) },
}
