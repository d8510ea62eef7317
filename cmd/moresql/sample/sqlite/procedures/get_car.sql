SELECT * FROM cars WHERE id = :id
