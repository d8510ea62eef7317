package network

import "testing"

func TestAddressIsForClientsOnThisMachine(t *testing.T) {
	for addr, want := range map[string]string{
		"localhost:0":    "localhost:80",
		":8080":          "localhost:80",
		"0.0.0.0:8080":   "localhost:80",
		"[::]:8080":      "localhost:80",
		"[::1]:0":        "[::1]:80",
		"127.0.0.1:http": "127.0.0.1:80",
	} {
		if got := address(addr, 80); got != want {
			t.Errorf("address(%q, 80) = %q, want %q", addr, got, want)
		}
	}
}
