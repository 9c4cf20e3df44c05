package probe

import (
	"encoding/json"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/event"
)

const (
	// attempts are as many as give some hundred that another thread wins, but no
	// more than the time allows.
	attempts   = 20_000
	raceLasts  = 4 * time.Second
	names      = "ab"
	manyStarts = 60
)

// raced is what really happened in a race, attempt by attempt.
type raced struct {
	TID   int
	Facts []uint64
}

// flip changes one byte of memory back and forth until it is told to stop, on a
// processor of its own.
func flip(at *byte, stop *atomic.Bool) (done chan struct{}) {
	done = make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		stayOn(1)
		for !stop.Load() {
			for range 64 {
				*at ^= names[0] ^ names[1]
			}
		}
	}()
	return done
}

// stayOn keeps the thread on one of the process's processors.
func stayOn(n int) {
	var all, one unix.CPUSet
	if unix.SchedGetaffinity(0, &all) != nil {
		return
	}
	for cpu := range len(all) * 64 {
		if !all.IsSet(cpu) {
			continue
		}
		if n == 0 {
			one.Set(cpu)
			_ = unix.SchedSetaffinity(0, &one)
			return
		}
		n--
	}
}

// race attempts something while another thread changes what was passed, and
// reports what each attempt came to.
func race(p *performer, at *byte, attempt func() (uint64, bool)) error {
	var stop atomic.Bool
	done := flip(at, &stop)
	stayOn(0)
	found := raced{TID: unix.Gettid()}
	until := time.Now().Add(raceLasts)
	for i := 0; i < attempts && time.Now().Before(until) && p.err == nil; i++ {
		if fact, ok := attempt(); ok {
			found.Facts = append(found.Facts, fact)
		}
	}
	stop.Store(true)
	<-done
	if p.err != nil {
		return p.err
	}
	return json.NewEncoder(os.NewFile(3, "report")).Encode(found)
}

// raceOpen opens a name whose last letter another thread changes. The way to it
// is long, so that there is time for that.
func raceOpen(dir string) error {
	p, err := newPerformer("race", dir)
	if err != nil {
		return err
	}
	name := []byte(dir + strings.Repeat("/.", manyStarts) + "/" + names[:1] + "\x00")
	addr := p.put(name)
	last := &p.at(addr, len(name))[len(name)-2]
	return race(p, last, func() (uint64, bool) {
		fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(^uint(99)), addr, unix.O_RDONLY, 0, 0, 0)
		if errno != 0 {
			p.check(errno)
			return 0, false
		}
		var st unix.Stat_t
		p.check(unix.Fstat(int(fd), &st))
		p.check(unix.Close(int(fd)))
		return st.Ino, true
	})
}

// raceConnect connects to a port whose lower byte another thread changes.
func raceConnect() error {
	p, err := newPerformer("race", ".")
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	to := inet("127.0.0.1", 40<<8|int(names[0]))
	addr := p.put(to.raw)
	return race(p, &p.at(addr, 4)[3], func() (uint64, bool) {
		_, _, errno := unix.Syscall6(unix.SYS_CONNECT, uintptr(fd), addr, 16, 0, 0, 0)
		if errno != 0 {
			p.check(errno)
			return 0, false
		}
		peer, err := unix.Getpeername(fd)
		p.check(err)
		return uint64(peer.(*unix.SockaddrInet4).Port), true
	})
}

// runRace performs a race and returns what was seen and what was true.
func runRace(t *testing.T, interest []string, action string, args ...string) (w *watched, truth raced) {
	t.Helper()
	if runtime.NumCPU() < 2 {
		t.Skip("one CPU: two threads cannot race")
	}
	report, err := os.CreateTemp(t.TempDir(), "report")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = report.Close() }()
	w = watch(t, Config{BulkRing: 128 << 20}, interest, func() {
		if out, err := performing(t, report, action, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})
	if _, err := report.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(report).Decode(&truth); err != nil {
		t.Fatal(err)
	}
	return w, truth
}

// ofThread are the events of a name that a thread caused and that are part of
// the race.
func ofThread(w *watched, name string, tid int, part func(*event.Event) bool) (list []*event.Event) {
	for i := range w.events {
		e := &w.events[i]
		if e.Name() == name && int(e.Context.HostTID) == tid && part(e) {
			list = append(list, e)
		}
	}
	return list
}

// What a file was opened by is told by the kernel, however often another thread
// changes the name: the path is always that of the file, and a name that is not
// the file's is marked.
func TestRaceOfNames(t *testing.T) {
	dir := t.TempDir()
	inodes := map[uint64]string{}
	for name := range strings.SplitSeq(names, "") {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		r := reader{}
		inodes[r.inode(file)] = file
	}
	w, truth := runRace(t, []string{"security_file_open"}, "race-open", dir)
	list := ofThread(w, "security_file_open", truth.TID, func(e *event.Event) bool {
		return filepath.Dir(text(t, *e, "pathname")) == dir
	})
	if len(list) != len(truth.Facts) || len(list) < 100 {
		t.Fatalf("%d events of %d opens", len(list), len(truth.Facts))
	}
	differ := 0
	for i, e := range list {
		opened, asked := text(t, *e, "pathname"), path.Clean(text(t, *e, "syscall_pathname"))
		if opened != inodes[truth.Facts[i]] || number(t, *e, "inode") != int64(truth.Facts[i]) {
			t.Fatalf("open %d: %s was opened, and told is %s", i, inodes[truth.Facts[i]], opened)
		}
		marked, _ := e.Arg("names_differ")
		if marked.Bool() != (asked != opened) {
			t.Fatalf("open %d: asked for %s, opened %s, marked %v", i, asked, opened, marked)
		}
		if marked.Bool() {
			differ++
		}
	}
	t.Logf("of %d opens %d had another name at the end: %.2f %%", len(list), differ, 100*float64(differ)/float64(len(list)))
	if differ == 0 && list[0].Hook == "sys_exit" {
		t.Error("the other thread never won: nothing was tested")
	}
}

// The peer of a connection is the socket's own, not what was passed.
func TestRaceOfAddresses(t *testing.T) {
	w, truth := runRace(t, []string{"connect", "security_socket_connect"}, "race-connect")
	all := func(*event.Event) bool { return true }
	list := ofThread(w, "security_socket_connect", truth.TID, all)
	raw := ofThread(w, "connect", truth.TID, all)
	if len(list) != len(truth.Facts) || len(raw) != len(list) || len(list) < 100 {
		t.Fatalf("%d events and %d syscalls of %d connections", len(list), len(raw), len(truth.Facts))
	}
	differ := 0
	for i, e := range list {
		want := strconv.FormatUint(truth.Facts[i], 10)
		peer, _ := e.Arg("remote_addr")
		if port, _ := peer.Lookup("sin_port"); port != want {
			t.Fatalf("connection %d: to port %s, and told is %v", i, want, peer)
		}
		passed, _ := raw[i].Arg("addr")
		if port, _ := passed.Lookup("sin_port"); port != want {
			differ++
		}
	}
	t.Logf("of %d connections %d had another address at the end: %.2f %%", len(list), differ, 100*float64(differ)/float64(len(list)))
	if differ == 0 {
		t.Error("the other thread never won: nothing was tested")
	}
}
