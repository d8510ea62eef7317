package quirk

import (
	"context"
	"database/sql/driver"
	"reflect"
)

// A Notification is what PostgreSQL sends to a connection that listens to a channel.
type Notification struct{ Channel, Payload string }

// Notifications returns a function that waits for the next notification on the connection, nil
// where the driver cannot. It looks through the connections of connectors that have the method
// Unwrap() driver.Conn.
//
// database/sql has no notifications. pgx's package stdlib hands out its own connection, which has;
// that of lib/pq drops them.
func Notifications(conn driver.Conn) func(context.Context) (Notification, error) {
	for !isStdlib(conn) {
		wrapper, ok := conn.(interface{ Unwrap() driver.Conn })
		if !ok {
			return nil
		}
		conn = wrapper.Unwrap()
	}
	own := reflect.ValueOf(conn).MethodByName("Conn")
	if !own.IsValid() || own.Type().NumIn() != 0 || own.Type().NumOut() != 1 {
		return nil
	}
	wait := own.Call(nil)[0].MethodByName("WaitForNotification")
	if !wait.IsValid() || wait.Type().NumIn() != 1 || wait.Type().NumOut() != 2 ||
		wait.Type().In(0) != reflect.TypeFor[context.Context]() ||
		wait.Type().Out(1) != reflect.TypeFor[error]() {
		return nil
	}
	return func(ctx context.Context) (n Notification, err error) {
		out := wait.Call([]reflect.Value{reflect.ValueOf(ctx)})
		if err, _ := out[1].Interface().(error); err != nil {
			return n, err
		}
		n.Channel = fieldOf(out[0], "Channel").String()
		n.Payload = fieldOf(out[0], "Payload").String()
		return n, nil
	}
}

// isStdlib recognizes the connections of pgx's package stdlib itself.
func isStdlib(conn driver.Conn) bool {
	return isPGX(conn) && driverOf(conn) != "github.com/moresql/moresql/drivers/pgx"
}
