// Package faulttest lets things go wrong between real parts, and counts what comes out: cut
// connections, restarted databases, clients that leave or are too many, proxies, replicas, hostile
// input. make test-faults runs it whole, make test a small part of each.
package faulttest
