package dialect

// sqliteShownReal begins the expression of the text that a response has for a number: in as few
// digits as tell it from others, without a fraction of zero, and in quotes where JSON has no such
// number. Four parentheses close it, after a value AS v.
const sqliteShownReal = `json((SELECT CASE v WHEN 9e999 THEN '"Infinity"'
		WHEN -9e999 THEN '"-Infinity"'
		ELSE replace(substr(t, 1, length(t) - 2 * (t LIKE '%.0')), '.0e', 'e') END
	FROM (SELECT v, CASE v WHEN CAST(format('%!.15g', v) AS REAL) THEN format('%!.15g', v)
			WHEN CAST(format('%!.16g', v) AS REAL) THEN format('%!.16g', v)
			ELSE format('%!.17g', v) END AS t
		FROM (SELECT `

// sqliteShownTime begins the expression of the text that a response has for the text of a time:
// with a T, seconds, and an offset as +02:00; row.storedTime says which texts are times. c is the
// clock, NULL where the text is no time, f the fraction of a second, and o the offset. Five
// parentheses close it, after a value AS v.
const sqliteShownTime = `(SELECT coalesce(substr(v, 1, 10) || 'T' || c || f || CASE
		WHEN length(f) > 10 THEN NULL
		WHEN o = '' THEN ''
		WHEN o IN ('Z', '+00:00', '-00:00', '+0000', '-0000') OR o GLOB '[-+]0000 *' THEN '+00:00'
		WHEN o GLOB '[-+][0-9][0-9]:[0-5][0-9]' THEN o
		WHEN o GLOB '[-+][0-9][0-9][0-5][0-9]' OR o GLOB '[-+][0-9][0-9][0-5][0-9] *'
		THEN substr(o, 1, 3) || ':' || substr(o, 4, 2) END, v)
	FROM (SELECT v, c, rtrim(rtrim(substr(r, 1, length(r) - length(o)), '0'), '.') AS f,
			CASE WHEN o GLOB ' ?*' THEN substr(o, 2) ELSE o END AS o
		FROM (SELECT v, c, r,
				CASE WHEN r GLOB '.[0-9]*' THEN ltrim(substr(r, 2), '0123456789') ELSE r END AS o
			FROM (SELECT v,
					CASE WHEN v GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][ T][0-2][0-9]:[0-5][0-9]*'
						AND substr(v, 1, 4) <> '0000' AND substr(v, 12, 2) < '24'
						AND date(substr(v, 1, 10)) = substr(v, 1, 10)
					THEN substr(v, 12, 5) || CASE
						WHEN substr(v, 17) GLOB ':[0-5][0-9]*' THEN substr(v, 17, 3) ELSE ':00' END
					END AS c,
					substr(v, CASE WHEN substr(v, 17) GLOB ':[0-5][0-9]*' THEN 20 ELSE 17 END) AS r
				FROM (SELECT `
