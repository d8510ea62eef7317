SELECT id, name FROM cars ORDER BY id
