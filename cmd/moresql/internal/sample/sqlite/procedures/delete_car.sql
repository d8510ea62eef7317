-- Removes a car
DELETE FROM cars WHERE id = :id RETURNING id
