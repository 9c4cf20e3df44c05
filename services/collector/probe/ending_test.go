package probe

import (
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"
)

// exitTogether ends a process of many threads, all at once.
func exitTogether(threads string) error {
	n, err := strconv.Atoi(threads)
	if err != nil {
		return err
	}
	var ready sync.WaitGroup
	for range n {
		ready.Add(1)
		go func() {
			runtime.LockOSThread()
			ready.Done()
			time.Sleep(time.Hour)
		}()
	}
	ready.Wait()
	os.Exit(7)
	return nil
}

// Of the threads of a process that end at the same moment on several processors,
// one is the last.
func TestOneThreadIsTheLast(t *testing.T) {
	const rounds, threads = 100, 4
	pids := map[int32]bool{}
	w := watchSome(t, Config{}, nil, func() {
		for range rounds {
			pids[int32(child(t, "exit-together", strconv.Itoa(threads)))] = true
		}
	}, func(pid int32) bool { return pids[pid] })
	wrong := 0
	for pid := range pids {
		ended, last := 0, 0
		for _, e := range w.of("sched_process_exit", int(pid)) {
			ended++
			if v, _ := e.Arg("process_group_exit"); v.Bool() {
				last++
			}
		}
		if last != 1 || ended < threads {
			t.Logf("of process %d %d threads ended, %d as the last", pid, ended, last)
			wrong++
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d processes did not end once", wrong, rounds)
	}
}
