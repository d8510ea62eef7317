INSERT INTO cars (name, model, doors) VALUES (:name, :model, :doors)
RETURNING *
