package enricher

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/weirsec/weir/schemas/catalogue"
)

// live has a container come, do something, be told of and go. Every tenth one is
// never told of.
func (r *raw) live(n int, at uint64) *raw {
	id := fmt.Sprintf("%064x", n)
	k := initd.child(int32(1000+n%30000), at)
	k.cgroup, k.ns, k.mountNS = uint64(100+n), 1, 77
	r.cgroup(catalogue.CgroupMkdir, at, k.cgroup, "/docker/"+id).
		fork(at+1, initd, k).open(at+2, k, "/setup").exec(at+3, k, "/bin/app", "serve")
	if n%10 != 0 {
		r.told(catalogue.ContainerCreate, at+4, id, fmt.Sprint("app-", n))
	}
	r.open(at+5, k, "/data").exit(at+6, k).cgroup(catalogue.CgroupRmdir, at+7, k.cgroup, "")
	return r.told(catalogue.ContainerRemove, at+8, id, fmt.Sprint("app-", n))
}

// A hundred containers a minute hold a flat line. An hour is long enough for the
// names of what is gone, some thousand of which are remembered, to be as many as
// they get.
func TestContainersHoldAFlatLine(t *testing.T) {
	if testing.Short() {
		t.Skip("handles an hour of events: not with -short")
	}
	const perMinute, minutes = 100, 90
	r := newRig(t, nil)
	heap := map[int]uint64{}
	n := 0
	for minute := range minutes {
		for range perMinute {
			n++
			m := newRaw()
			m.env.FirstSeq = seqBase + uint64(20*n)
			at := uint64(n * 60_000 / perMinute)
			m.env.MaxTime = bootTime + int64(at*ms)
			r.handle(m.live(n, at))
		}
		if minute%15 == 14 {
			runtime.GC()
			var s runtime.MemStats
			runtime.ReadMemStats(&s)
			heap[minute+1] = s.HeapAlloc
			t.Logf("after %d minutes: %d KiB", minute+1, s.HeapAlloc>>10)
		}
	}
	if grown := int64(heap[minutes]) - int64(heap[60]); grown > 256<<10 {
		t.Errorf("%d bytes more after %d minutes than after 60", grown, minutes)
	}
	node := r.handler.(*handler).nodes[boot{"web-1", "b007"}]
	if held := node.hold.bytes; held > 64<<10 {
		t.Errorf("%d bytes are still held", held)
	}
	if b := node.containers.Bytes(); b > 1<<20 {
		t.Errorf("the table takes %d bytes for the containers of half a minute", b)
	}
	if got, want := r.metric("weir.enricher.held", "", ""), int64(2*n/10); got < want {
		t.Errorf("%d events were held, want at least %d", got, want)
	}
}
