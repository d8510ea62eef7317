SELECT id, username, email FROM users
WHERE username = :username AND password = :password
