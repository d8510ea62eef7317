package pgtest

import "strings"

// Samples has values of every base type, range and multirange of a fresh PostgreSQL, as the texts
// that the type's input function reads. A sample that begins with = is an expression, for types
// without an input.
var Samples = map[string][]string{
	"bool":  {"t", "f"},
	"int2":  {"0", "-1", "32767", "-32768"},
	"int4":  {"0", "7", "2147483647", "-2147483648"},
	"int8":  {"0", "9007199254740993", "9223372036854775807", "-9223372036854775808"},
	"oid":   {"0", "4294967295"},
	"xid":   {"1", "4294967295"},
	"cid":   {"1", "4294967295"},
	"xid8":  {"1", "18446744073709551615"},
	"tid":   {"(0,1)", "(4294967295,65535)"},
	"money": {"0", "12.34", "-92233720368547758.08"},
	"float4": {"0", "-0", "0.1", "1.5", "16777217", "1e-45", "3.4028235e38", "-1e6", "1234567", "1e5",
		"0.0001", "0.00001",
		"NaN", "Infinity", "-Infinity"},
	"float8": {"0", "-0", "0.1", "0.30000000000000004", "1e15", "123456789012345", "1e16", "5e-324",
		"1.7976931348623157e308", "2.2250738585072014e-308",
		"0.0001", "0.00001", "NaN", "Infinity", "-Infinity"},
	"numeric": {"0", "0.0", "-0.000", "1.10", "12345678901234567890.12345678901234567890", "1e-20",
		"NaN", "Infinity", "-Infinity",
		strings.Repeat("9", 1000), "-0." + strings.Repeat("0", 500) + "1"},
	"text": {"", "a", " ", "NULL", "null", `"`, `\`, `\\x`, "{}", "a,b", "'", "naïve", "日本",
		"😀", "\u2028\u2029", "\x01\x02\x1f\x7f", "\t\r\n\b\f", "</script>&",
		"=(SELECT string_agg(chr(i), '') FROM generate_series(1, 31) i)"},
	"varchar": {"", "a b", `"\`},
	"bpchar":  {"", "a ", "  b"},
	"char":    {"a", "", `\`, `\377`, `"`},
	"name":    {"a", "", `"q"`, strings.Repeat("n", 63)},
	"bytea":   {"", `\x00`, `\xff00`, `\x5c78`, `\x` + strings.Repeat("deadbeef", 64)},
	"json": {"null", "1", "1.0", "-0", "1e400", `"x"`, "true", "[]", "{}", `{"a": 1, "a": 2}`,
		" [1 ,\n2] ", `{"b":{"c":[null,"\u00e9\ud83d\ude00"]}}`},
	"jsonb":    {"null", "1", "1.0", `"x"`, "true", "[]", "{}", `{"b": 1, "a": [1, {"c": null}]}`},
	"jsonpath": {"$.a[*] ? (@ > 1)", `strict $."x y"`},
	"xml":      {"<a>1</a>", "", "<a b=\"c\">&lt;</a>"},
	"uuid":     {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000"},
	"date": {"2024-02-29", "0001-01-01", "0001-12-31 BC", "4714-11-24 BC", "0044-03-15 BC",
		"9999-12-31", "10000-01-01", "5874897-12-31",
		"infinity", "-infinity", "1970-01-01", "1582-10-10"},
	"time": {"00:00:00", "24:00:00", "23:59:59.999999", "04:05:06.7", "23:59:60"},
	"timetz": {"00:00:00+00", "24:00:00-15:59", "04:05:06.7+02", "04:05:06-03:30",
		"04:05:06+00:19:32"},
	"timestamp": {"2024-01-02 03:04:05", "2024-01-02 03:04:05.123456", "1969-12-31 23:59:59.999999",
		"0044-03-15 12:00:00 BC", "4714-11-24 00:00:00 BC",
		"294276-12-31 23:59:59.999999", "10000-01-01 00:00:00", "infinity", "-infinity",
		"1999-12-31 23:59:60"},
	"timestamptz": {"2024-01-02 03:04:05+00", "2024-07-02 03:04:05.5+02", "1880-01-01 00:00:00+00",
		"0044-03-15 12:00:00+00 BC", "294276-12-31 23:59:59.999999+00",
		"infinity", "-infinity", "10000-01-01 00:00:00+00"},
	"interval": {"0", "1 day", "-1 mon +2 days -03:04:05.678", "178000000 years",
		"00:00:00.000001", "1 year 2 mons",
		`=(SELECT CASE WHEN current_setting('server_version_num')::int < 170000 THEN '1 day'
			ELSE '-infinity' END::interval)`},
	"inet":           {"10.0.0.1", "10.0.0.1/8", "::1", "2001:db8::1/32"},
	"cidr":           {"10.0.0.0/8", "2001:db8::/32"},
	"macaddr":        {"08:00:2b:01:02:03"},
	"macaddr8":       {"08:00:2b:01:02:03:04:05"},
	"bit":            {"0", "1"},
	"varbit":         {"", "101", strings.Repeat("01", 50)},
	"point":          {"(1,2)", "(-0.1,1e300)", "(Infinity,NaN)"},
	"line":           {"{1,2,3}"},
	"lseg":           {"[(1,2),(3,4)]"},
	"box":            {"(3,4),(1,2)"},
	"path":           {"[(1,2),(3,4)]", "((1,2),(3,4))"},
	"polygon":        {"((1,2),(3,4),(5,6))"},
	"circle":         {"<(1,2),3>"},
	"tsvector":       {"", "'a':1A,2 'fat cat' 'q''s'"},
	"tsquery":        {"'a' & ( 'b' | !'c' )"},
	"pg_lsn":         {"16/B374D848"},
	"pg_snapshot":    {"10:20:10,14,15"},
	"txid_snapshot":  {"10:20:10,14,15"},
	"refcursor":      {"cursor", ""},
	"aclitem":        {"postgres=r/postgres"},
	"regproc":        {"now", "-"},
	"regprocedure":   {"sum(integer)"},
	"regoper":        {"pg_catalog.||/"},
	"regoperator":    {"+(integer,integer)"},
	"regclass":       {"pg_class", "-"},
	"regtype":        {"integer", "timestamp with time zone"},
	"regrole":        {"postgres"},
	"regnamespace":   {"pg_catalog"},
	"regcollation":   {`"C"`},
	"regconfig":      {"english"},
	"regdictionary":  {"simple"},
	"int4range":      {"empty", "[1,5)", "(,)", "[1,)"},
	"int8range":      {"[1,5)"},
	"numrange":       {"[1.10,2.5]", "empty"},
	"daterange":      {"[2024-01-01,2024-02-01)"},
	"tsrange":        {`["2024-01-01 00:00:00","2024-02-01 00:00:00"]`},
	"tstzrange":      {`["2024-01-01 00:00:00+00",)`},
	"int4multirange": {"{}", "{[1,3),[5,7)}"},
	"int8multirange": {"{[1,3)}"},
	"nummultirange":  {"{[1.5,2.5]}"},
	"datemultirange": {"{[2024-01-01,2024-02-01)}"},
	"tsmultirange":   {`{["2024-01-01 00:00:00","2024-02-01 00:00:00"]}`},
	"tstzmultirange": {`{["2024-01-01 00:00:00+00",)}`},
	"int2vector":     {"", "1", "1 2 -3"},
	"oidvector":      {"", "1", "1 4294967295"},
	"pg_node_tree": {"=(SELECT indpred FROM pg_index WHERE indpred IS NOT NULL LIMIT 1)",
		"=(SELECT adbin FROM pg_attrdef LIMIT 1)"},
}

// Expressions returns expressions of a type's samples: alone, NULL, and in arrays of every form.
func Expressions(typ string) (scalars, arrays []string) {
	name := `pg_catalog."` + typ + `"`
	for _, s := range Samples[typ] {
		if e, ok := strings.CutPrefix(s, "="); ok {
			scalars = append(scalars, e)
		} else {
			scalars = append(scalars, quoteLiteral(s)+"::"+name)
		}
	}
	null := "NULL::" + name
	switch typ {
	case "int2vector", "oidvector": // are arrays, of which array_agg makes no array of arrays
		for _, list := range []string{"{}", "{NULL}", `{"",NULL,"1 2"}`, `{{1,"2 3"},{4,NULL}}`,
			`[0:1]={1,"2 3"}`} {
			arrays = append(arrays, quoteLiteral(list)+"::"+name+"[]")
		}
		return append(scalars, null), append(arrays, "NULL::"+name+"[]")
	case "pg_node_tree":
		return append(scalars, null), nil
	}
	all := strings.Join(scalars, ", ")
	first, last := scalars[0], scalars[len(scalars)-1]
	arrays = []string{
		"NULL::" + name + "[]", "'{}'::" + name + "[]", "ARRAY[" + all + "]",
		"ARRAY[NULL, " + first + ", NULL]::" + name + "[]",
		"ARRAY[[" + first + ", " + last + "], [NULL, " + first + "]]",
		"ARRAY[[[" + first + "], [" + last + "]]]",
		"(SELECT array_agg(v) FROM unnest(ARRAY[" + all + "]) v)",
	}
	for _, s := range scalars {
		arrays = append(arrays, "ARRAY["+s+"]", "array_fill("+s+", ARRAY[2], ARRAY[0])",
			"array_fill("+s+", ARRAY[1, 2], ARRAY[-1, 5])")
	}
	return append(scalars, null), arrays
}

// quoteLiteral writes a string constant of PostgreSQL.
func quoteLiteral(s string) string {
	return "E'" + strings.NewReplacer(`\`, `\\`, "'", `''`).Replace(s) + "'"
}
