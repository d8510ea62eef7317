-- next_car returns the id that create_car will give, which the command prints. The command takes it
-- as the sign that the sample is installed.
SELECT seq + 1 AS id FROM sqlite_sequence WHERE name = 'cars'
