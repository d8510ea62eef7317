package database

import "testing"

// Before the letter of a drive a URI may have a slash (RFC 8089, appendix E.2).
func TestFilesOfWindows(t *testing.T) {
	for path, want := range map[string]string{
		"///C:/data/films.db": `C:\data\films.db`,
		"C:/data/films.db":    `C:\data\films.db`,
		`C:\data\films.db`:    `C:\data\films.db`,
		"//C:/data/films.db":  `C:\data\films.db`,
	} {
		if got, err := fileOf(path); got != want || err != nil {
			t.Errorf("%s: %s, %v, want %s", path, got, err, want)
		}
	}
}
