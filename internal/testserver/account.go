package testserver

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
)

// account is the user that a server runs as when the tests run as root: both
// servers refuse to run as root.
type account struct {
	uid, gid int
}

// unprivileged returns the account with the given name, or nobody's, and nil
// when the tests do not run as root and so cannot choose.
func unprivileged(name string) (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, fmt.Errorf(
			"the tests run as root, and there is neither a user %s nor a user nobody", name)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	return &account{uid: uid, gid: gid}, nil
}
