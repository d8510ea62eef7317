package importer

// The usual forms of values, which every database reads alike.

// truths are the spellings of truth values that are told without the database.
var truths = map[string]byte{
	"true": '1', "t": '1', "1": '1', "TRUE": '1', "True": '1',
	"false": '0', "f": '0', "0": '0', "FALSE": '0', "False": '0',
}

func isTruth(b []byte) bool {
	_, ok := truths[string(b)]
	return ok
}

// isUUID reports whether a text is a UUID as RFC 9562 writes it.
func isUUID(b []byte) bool {
	if len(b) != 36 {
		return false
	}
	for i, c := range b {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
		default:
			return false
		}
	}
	return true
}

// isDate reports whether a text is a date such as 2024-02-28. The days that not every month has are
// left to the database.
func isDate(b []byte) bool {
	return len(b) == 10 && b[4] == '-' && b[7] == '-' && allDigits(b[:4]) && string(b[:4]) != "0000" &&
		within(b[5:7], 1, 12) && within(b[8:], 1, 28)
}

// isTimestamp reports whether a text is a date, alone or with a time such as 12:30:00.5+02.
func isTimestamp(b []byte) bool {
	if len(b) < 10 || !isDate(b[:10]) {
		return false
	}
	if b = b[10:]; len(b) == 0 {
		return true
	}
	if len(b) < 9 || b[0] != ' ' && b[0] != 'T' || b[3] != ':' || b[6] != ':' ||
		!within(b[1:3], 0, 23) || !within(b[4:6], 0, 59) || !within(b[7:9], 0, 59) {
		return false
	}
	b = b[9:]
	if len(b) > 1 && b[0] == '.' {
		n := 1
		for n < len(b) && b[n] >= '0' && b[n] <= '9' {
			n++
		}
		if n == 1 || n > 7 {
			return false
		}
		b = b[n:]
	}
	return len(b) == 0 || len(b) == 1 && b[0] == 'Z' || isOffset(b)
}

// isOffset reports whether a text is an offset of UTC such as +02 or +02:00.
func isOffset(b []byte) bool {
	return len(b) >= 3 && (b[0] == '+' || b[0] == '-') && within(b[1:3], 0, 14) &&
		(len(b) == 3 || len(b) == 6 && b[3] == ':' && within(b[4:], 0, 59))
}

// within reports whether two digits are a number between two others.
func within(b []byte, least, most int) bool {
	if len(b) != 2 || !allDigits(b) {
		return false
	}
	n := int(b[0]-'0')*10 + int(b[1]-'0')
	return n >= least && n <= most
}
