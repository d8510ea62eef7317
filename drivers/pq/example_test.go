package pq_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"

	"github.com/moresql/moresql/drivers/pq"
)

func ExampleNewConnector() {
	connector, err := pq.NewConnector("postgres://api@localhost/app?sslmode=disable")
	if err != nil {
		fmt.Println(err)
		return
	}
	db := sql.OpenDB(connector) // which moresql.New takes
	defer db.Close()
	fmt.Println(db.Stats().OpenConnections, "connections until the first call")

	_, err = pq.NewConnector("postgres://api@localhost:port/app")
	fmt.Println(err)
	// Output:
	// 0 connections until the first call
	// parse "postgres://api@localhost:port/app": invalid port ":port" after host
}

func ExampleWrap() {
	db := sql.OpenDB(pq.Wrap(printer{})) // which prints what reaches lib/pq
	defer db.Close()
	for _, id := range []int{7, 8} {
		var name string
		err := db.QueryRow("SELECT * FROM get_car($1)", id).Scan(&name)
		fmt.Println(name, err)
	}
	// Output:
	// prepare SELECT * FROM get_car($1)
	// run it with 7
	// 2CV <nil>
	// run it with 8
	// 2CV <nil>
}

// A printer stands for a connector of lib/pq's, and its connections print.
type printer struct{}

func (printer) Connect(context.Context) (driver.Conn, error) { return printingConn{}, nil }
func (printer) Driver() driver.Driver                        { return nil }

// A printingConn has the methods of lib/pq's, of which the example uses the few below.
type printingConn struct {
	driver.Conn
	driver.ConnBeginTx
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

func (printingConn) PrepareContext(_ context.Context, text string) (driver.Stmt, error) {
	fmt.Println("prepare", text)
	return printingStmt{}, nil
}

func (printingConn) CheckNamedValue(*driver.NamedValue) error { return driver.ErrSkip }
func (printingConn) ResetSession(context.Context) error       { return nil }
func (printingConn) IsValid() bool                            { return true }
func (printingConn) Close() error                             { return nil }

type printingStmt struct {
	driver.Stmt
	driver.StmtExecContext
}

func (printingStmt) QueryContext(
	_ context.Context, args []driver.NamedValue,
) (driver.Rows, error) {
	fmt.Println("run it with", args[0].Value)
	return &oneCar{}, nil
}

type oneCar struct{ read bool }

func (*oneCar) Columns() []string { return []string{"name"} }
func (*oneCar) Close() error      { return nil }

func (r *oneCar) Next(dest []driver.Value) error {
	if r.read {
		return io.EOF
	}
	r.read, dest[0] = true, "2CV"
	return nil
}
