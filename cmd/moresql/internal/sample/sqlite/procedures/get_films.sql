-- Films by a part of their title and by year
-- Without arguments all of them.
SELECT * FROM films
WHERE (:title IS NULL OR instr(lower(title), lower(:title)) > 0)
  AND (:year IS NULL OR year = :year)
ORDER BY id
LIMIT coalesce(:limit, -1) -- -1 means no limit
