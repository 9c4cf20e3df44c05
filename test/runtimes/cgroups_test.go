package runtimes

import (
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirsec/weir/services/collector/hierarchy"
	"github.com/weirsec/weir/services/collector/runtimes"
)

// watchCgroups tells a watcher of the pods' new cgroups, as the probe would,
// until the test's end. It returns how many there were.
func watchCgroups(t *testing.T, w *runtimes.Watcher) func() int {
	t.Helper()
	h, err := hierarchy.Find("/proc")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	fresh := func() (paths []string) {
		found, err := filepath.Glob(filepath.Join(h.Mount, "kubepods/*/*"))
		if err != nil {
			t.Error(err)
		}
		for _, path := range found {
			if info, err := os.Stat(path); err == nil && info.IsDir() && !known[path] {
				known[path] = true
				paths = append(paths, strings.TrimPrefix(path, h.Mount))
			}
		}
		return paths
	}
	fresh()
	var n atomic.Int64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				for _, path := range fresh() {
					n.Add(1)
					w.CgroupMade(mkdir(path))
				}
			}
		}
	}()
	t.Cleanup(func() {
		close(stop)
		<-done
	})
	return func() int { return int(n.Load()) }
}
