-- Adds a car
-- Its id is in the response.
INSERT INTO cars (name, model, doors) VALUES (:name, :model, :doors)
RETURNING *
