-- The id that create_car will give. The command prints it, and sees by it that the sample is installed.
SELECT seq + 1 AS id FROM sqlite_sequence WHERE name = 'cars'
