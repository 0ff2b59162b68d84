// SPDX-License-Identifier: LGPL-2.1-or-later

package main

import (
	"errors"
	"os"
	"sync"
	"testing"
)

var capture = os.Getenv("TCPMEM_TEST_CAPTURE")

func total(rows []Row) (held int64) {
	for _, row := range rows {
		held += row.Held()
	}
	return held
}

// A snapshot that is closed while others read it: an answer or an error
func TestClosedMeanwhile(t *testing.T) {
	for i := 0; i < 20; i++ {
		snapshot, err := Load(capture)
		if err != nil {
			t.Fatal(err)
		}
		first, err := snapshot.By("state")
		if err != nil {
			t.Fatal(err)
		}
		var readers sync.WaitGroup
		for j := 0; j < 4; j++ {
			readers.Add(1)
			go func() {
				defer readers.Done()
				rows, err := snapshot.By("process")
				for err == nil && total(rows) == total(first) {
					rows, err = snapshot.By("process")
				}
				if !errors.Is(err, os.ErrClosed) {
					t.Error(err, total(rows))
				}
			}()
		}
		snapshot.Close()
		readers.Wait()
	}
}

func TestErrors(t *testing.T) {
	if _, err := Load("/no/such"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	snapshot, err := Load(capture)
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	if _, err := snapshot.By("nonsense"); err == nil {
		t.Error("no error for a key that there is not")
	}
}
