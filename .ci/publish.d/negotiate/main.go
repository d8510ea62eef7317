package main

import "github.com/moresql/moresql/negotiate"

func main() {
	if i, ok := negotiate.Accept([]string{"text/csv"}, []string{"text/csv"}); i != 0 || !ok {
		panic("not accepted")
	}
}
