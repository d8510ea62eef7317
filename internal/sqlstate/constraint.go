package sqlstate

// Constraint returns PostgreSQL's SQLSTATE for the constraint that a row of a table has broken, or
// for a view or a column of one that cannot be written to: MySQL and MariaDB have one for all of
// them, or none. It is "" for other errors.
func Constraint(err error) string {
	fields := mySQLFields(err)
	if !fields.IsValid() {
		return ""
	}
	switch number(fields, "Number") { // MySQL manual, Server Error Message Reference
	case 1048, 1364: // ER_BAD_NULL_ERROR, ER_NO_DEFAULT_FOR_FIELD
		return "23502"
	case 1062, 1169, 1586: // ER_DUP_ENTRY, ER_DUP_UNIQUE, ER_DUP_ENTRY_WITH_KEY_NAME
		return "23505"
	case 1216, 1217, 1451, 1452: // ER_NO_REFERENCED_ROW, ER_ROW_IS_REFERENCED and the same with names
		return "23503"
	case 3819, 4025: // ER_CHECK_CONSTRAINT_VIOLATED, and MariaDB's
		return "23514"
	case 1288, 1393, 1394, 1395, 1471: // of views
		return "55000"
	case 1348: // ER_NONUPDATEABLE_COLUMN, which a view computes
		return "0A000"
	case 1906, 3105: // a generated column of the table of a view, in MariaDB and in MySQL
		return "428C9"
	}
	return ""
}
