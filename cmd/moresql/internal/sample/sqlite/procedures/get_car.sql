-- The car with an id
SELECT * FROM cars WHERE id = :id
