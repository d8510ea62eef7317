// Package faulttest injects faults between real components and counts the outcomes: cut
// connections, restarted databases, clients that leave or are too many, proxies, replicas, hostile
// input. make test-faults runs it in full, make test a small part of each test.
package faulttest
