package encodertest

import (
	"database/sql/driver"
	"math"
	"time"
)

// A sample is a value as a driver hands it over, and its JSON.
type sample struct {
	name         string
	databaseType string
	src          driver.Value
	json         string
}

// samples are asked of PostgreSQL 15: each JSON is its answer to SELECT to_json(name), in the time zone Asia/Kolkata.
var samples = []sample{
	{`NULL::text`, "TEXT", nil, `null`},
	{`true`, "BOOL", true, `true`},
	{`false`, "BOOL", false, `false`},
	{`9223372036854775807`, "INT8", int64(math.MaxInt64), `9223372036854775807`},
	{`(-9223372036854775808)::int8`, "INT8", int64(math.MinInt64), `-9223372036854775808`},
	{`18446744073709551615`, "UNSIGNED BIGINT", uint64(math.MaxUint64), `18446744073709551615`},
	{`0::int2`, "INT2", int64(0), `0`},
	{`12345::oid`, "OID", int64(12345), `"12345"`},
	{`123456789012345678901234567890.1234567890000`, "NUMERIC", []byte(`123456789012345678901234567890.1234567890000`), `123456789012345678901234567890.1234567890000`},
	{`(-0.00000000000000000001)::numeric`, "NUMERIC", []byte(`-0.00000000000000000001`), `-0.00000000000000000001`},
	{`'NaN'::numeric`, "NUMERIC", []byte(`NaN`), `"NaN"`},
	{`'Infinity'::numeric`, "NUMERIC", []byte(`Infinity`), `"Infinity"`},
	{`1e300::float8`, "FLOAT8", 1e300, `1e+300`},
	{`5e-324::float8`, "FLOAT8", 5e-324, `5e-324`},
	{`0.1::float8`, "FLOAT8", 0.1, `0.1`},
	{`'-0'::float8`, "FLOAT8", math.Copysign(0, -1), `-0`},
	{`1000000::float8`, "FLOAT8", 1000000.0, `1000000`},
	{`123456789::float8`, "FLOAT8", 123456789.0, `123456789`},
	{`'NaN'::float8`, "FLOAT8", math.NaN(), `"NaN"`},
	{`'Infinity'::float8`, "FLOAT8", math.Inf(1), `"Infinity"`},
	{`'-Infinity'::float8`, "FLOAT8", math.Inf(-1), `"-Infinity"`},
	{`0.1::float4`, "FLOAT4", float64(float32(0.1)), `0.1`},
	{`3.4028235e38::float4`, "FLOAT4", 3.4028235e38, `3.4028235e+38`},
	{`'NaN'::float4`, "FLOAT4", math.NaN(), `"NaN"`},
	{`''::text`, "TEXT", []byte{}, `""`},
	{`'NULL'::text`, "TEXT", `NULL`, `"NULL"`},
	{`E'"quoted", \\ and /'::text`, "TEXT", `"quoted", \ and /`, `"\"quoted\", \\ and /"`},
	{`E'line\nfeed\rreturn\ttab'::text`, "TEXT", "line\nfeed\rreturn\ttab", `"line\nfeed\rreturn\ttab"`},
	{`E'\b\f\x01\x1f\x7f'::text`, "TEXT", "\b\f\x01\x1f\x7f", "\"\\b\\f\\u0001\\u001f\x7f\""},
	{`U&'\00FC \6F22 \+01F600 \2028 \FFFD'::text`, "TEXT", "ü 漢 😀 \u2028 \uFFFD", "\"ü 漢 😀 \u2028 �\""},
	{`'<a href="x">&amp;</a>'::text`, "TEXT", `<a href="x">&amp;</a>`, `"<a href=\"x\">&amp;</a>"`},
	{`' padded '::char(10)`, "BPCHAR", ` padded   `, `" padded   "`},
	{`'1 day 02:03:04.5'::interval`, "INTERVAL", []byte(`1 day 02:03:04.5`), `"1 day 02:03:04.5"`},
	{`'192.168.0.1/24'::inet`, "INET", []byte(`192.168.0.1/24`), `"192.168.0.1/24"`},
	{`'\x'::bytea`, "BYTEA", []byte{}, `"\\x"`},
	{`'\x00017f80ff5c'::bytea`, "BYTEA", []byte("\x00\x01\x7f\x80\xff\\"), `"\\x00017f80ff5c"`},
	{`'{"b": 1.10, "a": [1, null, {"x": "y"}], "b": "<&>"}'::json`, "JSON", []byte(`{"b": 1.10, "a": [1, null, {"x": "y"}], "b": "<&>"}`), `{"b": 1.10, "a": [1, null, {"x": "y"}], "b": "<&>"}`},
	{`'"a \u00fc \ud83d\ude00"'::json`, "JSON", []byte(`"a \u00fc \ud83d\ude00"`), `"a \u00fc \ud83d\ude00"`},
	{`'null'::json`, "JSON", []byte(`null`), `null`},
	{`'1.50'::json`, "JSON", []byte(`1.50`), `1.50`},
	{`'[]'::json`, "JSON", []byte(`[]`), `[]`},
	{`'{"a": 1.10}'::jsonb`, "JSONB", []byte(`{"a": 1.10}`), `{"a": 1.10}`},
	{`'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid`, "UUID", []byte(`6ba7b810-9dad-11d1-80b4-00c04fd430c8`), `"6ba7b810-9dad-11d1-80b4-00c04fd430c8"`},
	{`'2024-02-29'::date`, "DATE", time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), `"2024-02-29"`},
	{`'0044-03-15 BC'::date`, "DATE", time.Date(-43, 3, 15, 0, 0, 0, 0, time.UTC), `"0044-03-15 BC"`},
	{`'infinity'::date`, "DATE", []byte(`infinity`), `"infinity"`},
	{`'23:59:59.123456'::time`, "TIME", time.Date(0, 1, 1, 23, 59, 59, 123456e3, time.UTC), `"23:59:59.123456"`},
	{`'00:00:00'::time`, "TIME", `00:00:00`, `"00:00:00"`},
	{`'23:59:59.5+05:30'::timetz`, "TIMETZ", time.Date(0, 1, 1, 23, 59, 59, 5e8, time.FixedZone("", 19800)), `"23:59:59.5+05:30"`},
	{`'2024-02-29 23:59:59.120000'::timestamp`, "TIMESTAMP", time.Date(2024, 2, 29, 23, 59, 59, 12e7, time.UTC), `"2024-02-29T23:59:59.12"`},
	{`'12024-01-01 00:00:00'::timestamp`, "TIMESTAMP", time.Date(12024, 1, 1, 0, 0, 0, 0, time.UTC), `"12024-01-01T00:00:00"`},
	{`'0044-03-15 01:02:03 BC'::timestamp`, "TIMESTAMP", time.Date(-43, 3, 15, 1, 2, 3, 0, time.UTC), `"0044-03-15T01:02:03 BC"`},
	{`'-infinity'::timestamp`, "TIMESTAMP", []byte(`-infinity`), `"-infinity"`},
	{`'2024-02-29 23:59:59.5+00'::timestamptz`, "TIMESTAMPTZ", time.Date(2024, 3, 1, 5, 29, 59, 5e8, time.FixedZone("", 19800)), `"2024-03-01T05:29:59.5+05:30"`},
	{`'{}'::int4[]`, "_INT4", []byte(`{}`), `[]`},
	{`'{1,-2,NULL}'::int8[]`, "_INT8", []byte(`{1,-2,NULL}`), `[1,-2,null]`},
	{`'{{1,2},{3,4}}'::int4[]`, "_INT4", []byte(`{{1,2},{3,4}}`), `[[1,2],[3,4]]`},
	{`'[0:1]={7,8}'::int4[]`, "_INT4", `[0:1]={7,8}`, `[7,8]`},
	{`'{{{1.10},{-2}}}'::numeric[]`, "_NUMERIC", []byte(`{{{1.10},{-2}}}`), `[[[1.10],[-2]]]`},
	{`'{1e300,NaN,-Infinity,NULL}'::float8[]`, "_FLOAT8", []byte(`{1e+300,NaN,-Infinity,NULL}`), `[1e+300,"NaN","-Infinity",null]`},
	{`'{t,f,NULL}'::bool[]`, "_BOOL", []byte(`{t,f,NULL}`), `[true,false,null]`},
	{`E'{"",NULL,"NULL","a,b","{c}","\\"d\\"","e\\\\f"," g ","h\ni"}'::text[]`, "_TEXT", []byte(`{"",NULL,"NULL","a,b","{c}","\"d\"","e\\f"," g ","h` + "\n" + `i"}`), `["",null,"NULL","a,b","{c}","\"d\"","e\\f"," g ","h\ni"]`},
	{`ARRAY['{"a": [1, 2]}','null','"x"']::json[]`, "_JSON", []byte(`{"{\"a\": [1, 2]}","null","\"x\""}`), `[{"a": [1, 2]},null,"x"]`},
	{`ARRAY['\x','\x00ff']::bytea[]`, "_BYTEA", []byte(`{"\\x","\\x00ff"}`), `["\\x","\\x00ff"]`},
	{`'{2024-02-29,infinity}'::date[]`, "_DATE", []byte(`{2024-02-29,infinity}`), `["2024-02-29","infinity"]`},
	{`'{"2024-02-29 23:59:59.120",infinity}'::timestamp[]`, "_TIMESTAMP", []byte(`{"2024-02-29 23:59:59.12",infinity}`), `["2024-02-29T23:59:59.12","infinity"]`},
	{`'{"2024-02-29 23:59:59+00"}'::timestamptz[]`, "_TIMESTAMPTZ", []byte(`{"2024-03-01 05:29:59+05:30"}`), `["2024-03-01T05:29:59+05:30"]`},
	{`'{6ba7b810-9dad-11d1-80b4-00c04fd430c8}'::uuid[]`, "_UUID", []byte(`{6ba7b810-9dad-11d1-80b4-00c04fd430c8}`), `["6ba7b810-9dad-11d1-80b4-00c04fd430c8"]`},
	{`'{(1,2),(0,0);(3,4),(1,1)}'::box[]`, "_BOX", []byte(`{(1,2),(0,0);(3,4),(1,1)}`), `["(1,2),(0,0)","(3,4),(1,1)"]`},
}

// strays are what PostgreSQL would not have handed over.
var strays = []sample{
	{"invalid UTF-8", "TEXT", "a\xffb\xe4\xb8", `"a\ufffdb\ufffd\ufffd"`},
	{"invalid UTF-8 inside JSON", "JSON", "[\"\xff\"]", `["\ufffd"]`},
	{"JSON cut short", "JSON", []byte(`{"a": [1, 2`), `"{\"a\": [1, 2"`},
	{"two JSON texts", "JSON", `1 2`, `"1 2"`},
	{"JSON that is empty", "JSON", ``, `""`},
	{"array cut short", "_INT4", []byte(`{1,{2`), `"{1,{2"`},
	{"array that is empty", "_TEXT", []byte{}, `""`},
	{"numeric that is none", "NUMERIC", `1.`, `"1."`},
	{"integer past 64 bits", "INT8", `18446744073709551616`, `18446744073709551616`},
	{"SQLite's BOOLEAN", "BOOLEAN", int64(1), `true`},
	{"type without a name", "", []byte(`small`), `"small"`},
}
