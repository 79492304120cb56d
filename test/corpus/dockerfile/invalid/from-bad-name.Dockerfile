FROM a AS 9lives
