-- All cars
SELECT * FROM cars ORDER BY id
