package containers

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/event"
)

const (
	hostNS, boxNS = 100, 200
	second        = int64(time.Second)
)

// made, existing and removed are cgroup events; exec is one of a program in a
// cgroup.
func made(at int64, id uint64, path string) event.Event {
	return cgroupEvent("cgroup_mkdir", at, id, path)
}

func existing(at int64, id uint64, path string) event.Event {
	return cgroupEvent("existing_cgroup", at, id, path)
}

func removed(at int64, id uint64, path string) event.Event {
	return cgroupEvent("cgroup_rmdir", at, id, path)
}

func cgroupEvent(name string, at int64, id uint64, path string) event.Event {
	return event.Event{
		Time:    at,
		Shape:   &event.Shape{Name: name, Args: []event.ArgSpec{{Name: "cgroup_id"}, {Name: "cgroup_path"}}},
		Values:  []event.Value{event.Uint(id), event.String(path)},
		Context: &event.Context{MountNS: hostNS, CgroupID: 1},
	}
}

func exec(at int64, cgroup uint64, pid int32, mountNS uint32) event.Event {
	return event.Event{
		Time:    at,
		Shape:   &event.Shape{Name: "sched_process_exec"},
		Context: &event.Context{PID: pid, CgroupID: cgroup, MountNS: mountNS},
	}
}

func existingProcess(at int64, cgroup uint64, path string) event.Event {
	return event.Event{
		Time:    at,
		Shape:   &event.Shape{Name: "existing_process", Args: []event.ArgSpec{{Name: "cgroup_path"}}},
		Values:  []event.Value{event.String(path)},
		Context: &event.Context{CgroupID: cgroup},
	}
}

func TestLookup(t *testing.T) {
	const docker = "/docker/" + idA
	tests := []struct {
		name   string
		feed   []event.Event
		cgroup uint64
		status event.Status
		id     string
	}{
		{"nobody told", nil, 7, event.StatusPending, ""},
		{"host", []event.Event{existing(1, 7, "/system.slice")}, 7, event.StatusNotFound, ""},
		{"container", []event.Event{made(1, 7, docker)}, 7, event.StatusNotFound, idA},
		{"by a process", []event.Event{existingProcess(1, 7, docker)}, 7, event.StatusNotFound, idA},
		{"process without path", []event.Event{existingProcess(1, 7, "")}, 7, event.StatusPending, ""},
		{"cgroup below", []event.Event{made(1, 7, docker), made(2, 8, docker+"/init.scope")}, 8, event.StatusNotFound, idA},
		{"removed, in its grace time", []event.Event{made(1, 7, docker), removed(9*second, 7, docker)}, 7, event.StatusNotFound, idA},
		{"removed for long", []event.Event{made(1, 7, docker), removed(1*second, 7, docker), made(90*second, 8, "/x")}, 7, event.StatusLost, ""},
		{"unknown removed", []event.Event{removed(1, 7, docker)}, 7, event.StatusPending, ""},
		{"made again", []event.Event{
			made(1, 7, docker), removed(2, 7, docker), made(3, 7, "/docker/"+idB), made(90*second, 8, "/x"),
		}, 7, event.StatusNotFound, idB},
		{"a container's path is not lost to a cut one", []event.Event{made(1, 7, docker), existing(2, 7, "/dock")}, 7, event.StatusNotFound, idA},
		{"other event", []event.Event{exec(1, 7, 1, boxNS)}, 7, event.StatusPending, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			table := New(Limits{Bytes: 1 << 20, Grace: 30 * time.Second})
			for i := range tt.feed {
				table.Apply(&tt.feed[i])
				table.Advance(tt.feed[i].Time)
			}
			c, status := table.Lookup(tt.cgroup)
			if status != tt.status {
				t.Errorf("status = %v, want %v", status, tt.status)
			}
			if (c != nil) != (tt.id != "") {
				t.Fatalf("container %v with status %v", c, status)
			}
			if c != nil && c.ID != tt.id {
				t.Errorf("id = %q, want %q", c.ID, tt.id)
			}
		})
	}
}

func TestStarted(t *testing.T) {
	const docker = "/docker/" + idA
	tests := []struct {
		name string
		feed []event.Event
		// from is when the container starts; 0 stands for always.
		from int64
	}{
		{"made only", []event.Event{made(1, 7, docker)}, never},
		{"pid 1", []event.Event{made(1, 7, docker), exec(5, 7, 1, boxNS)}, 5},
		{"runtime's own exec", []event.Event{made(1, 7, docker), exec(3, 7, 300, hostNS)}, never},
		{"runtime, then pid 1", []event.Event{made(1, 7, docker), exec(3, 7, 300, hostNS), exec(5, 7, 1, boxNS)}, 5},
		{"host's pids", []event.Event{made(1, 7, docker), exec(5, 7, 300, boxNS)}, 5},
		{"no mount namespace known", []event.Event{made(1, 7, docker), exec(5, 7, 300, 0)}, never},
		{"in a cgroup below", []event.Event{
			made(1, 7, docker), made(2, 8, docker+"/container"), exec(5, 8, 1, boxNS),
		}, 5},
		{"the first counts", []event.Event{made(1, 7, docker), exec(5, 7, 1, boxNS), exec(9, 7, 20, boxNS)}, 5},
		{"also when it comes late", []event.Event{made(1, 7, docker), exec(9, 7, 20, boxNS), exec(5, 7, 1, boxNS)}, 5},
		{"there before", []event.Event{existing(1, 7, docker)}, 0},
		{"process there before", []event.Event{existingProcess(1, 7, docker)}, 0},
		{"made while the snapshot was taken", []event.Event{
			made(1, 7, docker), existing(2, 7, docker), exec(5, 7, 1, boxNS),
		}, 5},
		{"the other way round", []event.Event{
			existing(2, 7, docker), made(1, 7, docker), exec(5, 7, 1, boxNS),
		}, 5},
		{"a cgroup that the container makes itself", []event.Event{
			existing(1, 7, docker), made(9, 8, docker+"/sub"),
		}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			table := New(Default())
			for i := range tt.feed {
				table.Apply(&tt.feed[i])
			}
			c, _ := table.Lookup(7)
			for _, at := range []int64{1, 3, 4, 5, 6, 1000} {
				if got, want := c.Started(at), at >= tt.from; got != want {
					t.Errorf("Started(%d) = %v, want %v", at, got, want)
				}
			}
		})
	}
}

func TestTableKeepsItsLimit(t *testing.T) {
	const limit = 64 << 10
	table := New(Limits{Bytes: limit, Grace: time.Hour})
	rnd := rand.New(rand.NewPCG(3, 4))
	for i := range uint64(5000) {
		e := made(int64(i), i, fmt.Sprintf("/docker/%016x%016x%016x%016x", i, i, i, i))
		if rnd.IntN(3) == 0 {
			e = removed(int64(i), rnd.Uint64N(i+1), "")
		}
		table.Apply(&e)
		table.Advance(e.Time)
		if table.Bytes() > limit {
			t.Fatalf("after %d cgroups: %d bytes, limit %d", i, table.Bytes(), limit)
		}
	}
	if cgroups, _ := table.Evicted(); cgroups == 0 {
		t.Error("nothing evicted, though far more cgroups than fit")
	}
	if got, most := len(table.containers), limit/entrySize; got > most {
		t.Errorf("%d containers are kept for at most %d cgroups", got, most)
	}
	if _, status := table.Lookup(4000); status == event.StatusPending {
		t.Error("an evicted cgroup is pending, want lost")
	}
}

func TestLimitsValidate(t *testing.T) {
	for name, limits := range map[string]Limits{"no bytes": {}, "grace": {Bytes: 1 << 20, Grace: -1}} {
		if limits.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
}

func BenchmarkLookup(b *testing.B) {
	table := New(Default())
	e := made(1, 7, "/docker/"+idA)
	table.Apply(&e)
	b.ReportAllocs()
	for b.Loop() {
		table.Lookup(7)
	}
}
