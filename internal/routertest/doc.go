// Package routertest checks that an aborted response stays aborted under the routers and middleware
// that programs have around their handlers, with clients that read from a socket.
package routertest
