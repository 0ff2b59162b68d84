// SPDX-License-Identifier: LGPL-2.1-or-later

// A Go server with full queues and its runtime's figures on a port, for
// test_servers.py and test_pprof.py
//
//	server CONNECTIONS PORT
package main

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"runtime"
	"strconv"
	"time"
)

var kept [][]byte
var ends []net.Conn

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Both ends: what one sends the other does not read.
func connect(listener net.Listener) {
	client, err := net.Dial("tcp", listener.Addr().String())
	must(err)
	server, err := listener.Accept()
	must(err)
	client.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
	client.Write(make([]byte, 8<<20))
	ends = append(ends, client, server)
}

func main() {
	count, err := strconv.Atoi(os.Args[1])
	must(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	for i := 0; i < count; i++ {
		connect(listener)
	}
	for i := 0; i < 64; i++ {
		block := make([]byte, 1<<20)
		for at := 0; at < len(block); at += 4096 {
			block[at] = 1
		}
		kept = append(kept, block)
	}
	for i := 0; i < 100; i++ {
		go func() { select {} }()
	}
	runtime.GC()
	pprof, err := net.Listen("tcp", "127.0.0.1:"+os.Args[2])
	must(err)
	fmt.Println("ready")
	must(http.Serve(pprof, nil))
}
