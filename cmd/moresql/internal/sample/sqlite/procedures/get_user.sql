-- The user with a name and a password
SELECT id, username, email FROM users
WHERE username = :username AND password = :password
