package chart_test

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"strings"

	"github.com/moresql/moresql/encoder/chart"
	"github.com/moresql/moresql/row"
)

// cars returns a result as a database would.
func cars() *row.Rows {
	return row.Of(
		[]row.Column{{Name: "model", Kind: row.Text}, {Name: "price", Kind: row.Numeric}},
		[]any{"2CV", "4000"}, []any{"DS", "9000.50"},
	)
}

func ExampleSVG() {
	var picture strings.Builder
	if err := chart.SVG(chart.Title("Cars by price")).Encode(&picture, cars()); err != nil {
		fmt.Println(err)
	}
	fmt.Println(strings.Contains(picture.String(), ">9000.50</text>"))
	// Output: true
}

func ExamplePNG() {
	var picture bytes.Buffer
	if err := chart.PNG(chart.Width(400)).Encode(&picture, cars()); err != nil {
		fmt.Println(err)
	}
	config, err := png.DecodeConfig(&picture)
	fmt.Println(config.Width, "dots for 400 pixels", err)
	// Output: 800 dots for 400 pixels <nil>
}

func ExampleTitle() {
	var picture strings.Builder
	if err := chart.SVG(chart.Title("Cars by price")).Encode(&picture, cars()); err != nil {
		fmt.Println(err)
	}
	fmt.Println(strings.Contains(picture.String(), "<title>Cars by price</title>"))
	// Output: true
}

func ExampleWidth() {
	var picture strings.Builder
	if err := chart.SVG(chart.Width(400)).Encode(&picture, cars()); err != nil {
		fmt.Println(err)
	}
	fmt.Println(strings.Contains(picture.String(), `width="400"`))
	// Output: true
}

func ExampleMaxRows() {
	fmt.Println(chart.SVG(chart.MaxRows(1)).Encode(os.Stdout, cars()))
	// Output: a chart has at most 1 rows: request a part of the result
}
