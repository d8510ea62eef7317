-- Changes a car
UPDATE cars SET name = :name, model = :model, doors = :doors
WHERE id = :id
RETURNING *
