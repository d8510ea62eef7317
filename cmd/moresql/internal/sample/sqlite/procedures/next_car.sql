-- The id that the next car will get
-- The command prints it, and takes it as the sign that the sample is installed.
SELECT seq + 1 AS id FROM sqlite_sequence WHERE name = 'cars'
