package collector

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/services/collector/spool"
)

// Random outages of every kind, restarts of the collector and full disks: what
// is in the stream is what was recorded, in order, once, or is counted as lost.
// WEIR_SEEDS says how many runs there are.
func TestRandomOutages(t *testing.T) {
	seeds := 3
	if text := os.Getenv("WEIR_SEEDS"); text != "" {
		var err error
		if seeds, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newWorld(t, uint64(seed))
			for range 25 {
				w.step()
			}
			w.heal()
			w.n.give(w.given, w.given+100, 0)
			w.given += 100
			if err := w.n.end(false); err != nil {
				t.Fatal(err)
			}
			got := read(t, w.admin)
			before := -1
			for _, i := range got.numbers {
				if i <= before {
					t.Fatalf("record %d stands behind %d", i, before)
				}
				before = i
			}
			if sum := len(got.numbers) + int(got.missing()); sum != w.given {
				t.Errorf("%d arrived, lost %v: %d of %d", len(got.numbers), got.lost, sum, w.given)
			}
			if w.s.Used() != 0 {
				t.Errorf("%d bytes are left on disk", w.s.Used())
			}
			t.Logf("%d records, %d arrived, lost %v", w.given, len(got.numbers), got.lost)
			if err := w.s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// world is a collector, a broker, what is between them, and a disk.
type world struct {
	t     *testing.T
	rand  *rand.Rand
	p     *bustest.Process
	net   *bustest.Proxy
	admin *bus.Conn
	conn  *bus.Conn
	dir   string
	s     *spool.Spool
	n     *node
	given int
	// What is wrong at the moment.
	paused, dead, full, noSpace bool
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{t: t, rand: rand.New(rand.NewPCG(seed, 7)), dir: t.TempDir()}
	if err := unix.Mount("tmpfs", w.dir, "tmpfs", 0, "size=16m"); err != nil {
		if os.Getenv("WEIR_REQUIRE") != "" {
			t.Fatalf("mounting a tmpfs: %v", err)
		}
		t.Logf("the disk is never full here, since mounting a tmpfs needs root: %v", err)
	} else {
		t.Cleanup(func() {
			if err := unix.Unmount(w.dir, unix.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
	}
	w.p, w.admin = spawn(t)
	// Short, so that outages are longer.
	bustest.Window(t, w.admin, bus.StreamRaw, time.Second)
	w.net = bustest.NewProxy(t, w.p.URL)
	w.conn = bustest.Dial(t, w.net.URL)
	w.open()
	return w
}

// open starts a collector.
func (w *world) open() {
	w.t.Helper()
	var err error
	w.s, err = spool.Open(spool.Config{Dir: filepath.Join(w.dir, "spool"), Bytes: 4 << 20, Reserve: 1})
	if err != nil {
		w.t.Fatal(err)
	}
	w.n = start(w.t, w.conn, w.s, func(c *Config) {
		c.QueueBytes, c.attempt, c.BootID = 8<<20, 300*time.Millisecond, fmt.Sprint("boot ", w.rand.IntN(3))
	})
	w.n.bulk = 300
}

// step does one thing, and gives records before and after.
func (w *world) step() {
	w.t.Helper()
	switch w.rand.IntN(12) {
	case 0, 1:
		if !w.dead {
			w.p.Kill(w.t)
			w.dead, w.paused = true, false
		}
	case 2, 3:
		if !w.dead {
			w.p.Pause(w.t)
			w.paused = true
		}
	case 4:
		w.net.Hold()
	case 5:
		w.net.Deafen()
	case 6:
		w.net.Cut()
	case 7:
		if !w.noSpace {
			// Where the spool is full too, it has to give up, and says so to the next.
			if err := w.n.end(true); err != nil && !strings.Contains(err.Error(), "not published") {
				w.t.Fatal(err)
			}
			if err := w.s.Close(); err != nil {
				w.t.Fatal(err)
			}
			w.open()
		}
	case 8:
		w.space(!w.noSpace)
	case 9:
		if !w.dead && !w.paused {
			w.full = !w.full
			w.limit()
		}
	default:
		w.heal()
	}
	n := w.rand.IntN(2000)
	w.n.give(w.given, w.given+n, time.Millisecond)
	w.given += n
	time.Sleep(time.Duration(w.rand.IntN(400)) * time.Millisecond)
}

// heal makes all well.
func (w *world) heal() {
	w.t.Helper()
	if w.dead {
		w.p.Start(w.t)
		w.dead = false
	}
	if w.paused {
		w.p.Resume(w.t)
		w.paused = false
	}
	w.net.Heal()
	w.space(false)
	if w.full {
		w.full = false
		w.limit()
	}
}

// limit makes the stream full, or gives it room.
func (w *world) limit() {
	w.t.Helper()
	until(w.t, "the broker answers", func() bool {
		_, err := w.admin.Usage(w.t.Context(), bus.StreamRaw)
		return err == nil
	})
	size := int64(128 << 20)
	if w.full {
		size = 1
	}
	bustest.Limit(w.t, w.admin, bus.StreamRaw, size)
}

// space fills the disk, or makes room on it.
func (w *world) space(full bool) {
	w.t.Helper()
	ballast := filepath.Join(w.dir, "ballast")
	w.noSpace = full
	if !full {
		if err := os.Remove(ballast); err != nil && !errors.Is(err, os.ErrNotExist) {
			w.t.Fatal(err)
		}
		return
	}
	if err := os.WriteFile(ballast, make([]byte, 32<<20), 0o600); err == nil {
		w.noSpace = false // no file system of its own
		w.space(false)
	}
}
