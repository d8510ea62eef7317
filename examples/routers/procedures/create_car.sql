INSERT INTO cars (id, name) VALUES (:id, :name) RETURNING id, name
