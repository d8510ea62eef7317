SELECT id, name FROM cars WHERE id = :id
