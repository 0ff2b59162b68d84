// SPDX-License-Identifier: LGPL-2.1-or-later

// What each process of a capture holds: its name, and every sum
package main

/*
#cgo pkg-config: libtcpmem
#include <stdlib.h>
#include <tcpmem.h>
*/
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"unsafe"
)

// check makes an error of what a function returned
func check(ret C.int) error {
	if ret < 0 {
		return syscall.Errno(-ret)
	}
	return nil
}

// Snapshot is what was seen at one moment; goroutines may share it
type Snapshot struct {
	mutex sync.RWMutex
	c     *C.struct_tcpmem_snapshot
}

// Load reads a capture
func Load(path string) (*Snapshot, error) {
	var ctx *C.struct_tcpmem_ctx
	var query *C.struct_tcpmem_query
	snapshot := &Snapshot{}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	if err := check(C.tcpmem_ctx_new(&ctx)); err != nil {
		return nil, err
	}
	defer C.tcpmem_ctx_free(ctx)
	if err := check(C.tcpmem_query_new(&query)); err != nil {
		return nil, err
	}
	defer C.tcpmem_query_free(query)
	err := check(C.tcpmem_snapshot_load(ctx, query, name, 0, nil,
		&snapshot.c))
	if err != nil {
		return nil, &os.PathError{Op: "load", Path: path, Err: err}
	}
	runtime.SetFinalizer(snapshot, (*Snapshot).Close)
	return snapshot, nil
}

// Close frees it; who reads it at that moment is waited for
func (s *Snapshot) Close() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	C.tcpmem_snapshot_free(s.c)
	s.c = nil
}

// Warnings are the reasons why it is not the whole truth
func (s *Snapshot) Warnings() ([]string, error) {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	if s.c == nil {
		return nil, os.ErrClosed
	}
	var texts []string
	for {
		text := C.tcpmem_snapshot_get_warning(s.c,
			C.size_t(len(texts)), nil)
		if text == nil {
			return texts, nil
		}
		texts = append(texts, C.GoString(text))
	}
}

// Row is a group: plain values of Go's, which outlive the snapshot
type Row struct {
	Key string
	// By metric; C.TCPMEM_UNKNOWN is what is not known
	Values [C.TCPMEM_METRIC_COUNT]int64
}

// Held is what the group's sockets cost the machine
func (r *Row) Held() int64 {
	return r.Values[C.TCPMEM_METRIC_HELD]
}

func column(table *C.struct_tcpmem_table, metric C.uint,
	count C.size_t) ([]C.int64_t, error) {
	values := make([]C.int64_t, count+1)
	return values[:count], check(C.tcpmem_table_read_column(table,
		C.TCPMEM_COLUMN_METRIC, metric, &values[0], count))
}

// By groups the sockets, largest first
func (s *Snapshot) By(keys string) ([]Row, error) {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	if s.c == nil {
		return nil, os.ErrClosed
	}
	var table *C.struct_tcpmem_table
	var subjects *C.struct_tcpmem_subjects
	by, order := C.CString(keys), C.CString("-held")
	defer C.free(unsafe.Pointer(by))
	defer C.free(unsafe.Pointer(order))
	if err := check(C.tcpmem_group(s.c, by, &table)); err != nil {
		return nil, err
	}
	defer C.tcpmem_table_free(table)
	if err := check(C.tcpmem_table_sort(table, order)); err != nil {
		return nil, err
	}
	count := C.tcpmem_table_get_row_count(table)
	rows := make([]Row, count)
	for metric := range [C.TCPMEM_METRIC_COUNT]int{} {
		values, err := column(table, C.uint(metric), count)
		if err != nil {
			return nil, err
		}
		for i, value := range values {
			rows[i].Values[metric] = int64(value)
		}
	}
	err := check(C.tcpmem_table_get_subjects(table, &subjects))
	if err != nil {
		return nil, err
	}
	defer C.tcpmem_free(unsafe.Pointer(subjects))
	for i, offset := range unsafe.Slice(subjects.key, count) {
		text := unsafe.Add(unsafe.Pointer(subjects.text), offset)
		rows[i].Key = C.GoString((*C.char)(text))
	}
	return rows, nil
}

// text shows a number, or that it is not known
func text(value int64) string {
	if value == int64(C.TCPMEM_UNKNOWN) {
		return "-"
	}
	return strconv.FormatInt(value, 10)
}

func run(path string) error {
	snapshot, err := Load(path)
	if err != nil {
		return err
	}
	defer snapshot.Close()
	warnings, err := snapshot.Warnings()
	for _, warning := range warnings {
		fmt.Fprintln(os.Stderr, "not the whole truth:", warning)
	}
	if err != nil {
		return err
	}
	rows, err := snapshot.By("process")
	for _, row := range rows {
		fmt.Print(row.Key)
		for metric, value := range row.Values {
			name := C.tcpmem_metric_describe(uint32(metric)).json
			fmt.Print("\t", C.GoString(name), "=", text(value))
		}
		fmt.Println()
	}
	return err
}

func main() {
	for _, path := range os.Args[1:] {
		if err := run(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
