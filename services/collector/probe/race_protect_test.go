package probe

import (
	"encoding/json"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
)

// protected is how many bytes become executable: no other memory has as many.
const protected = 3 * 4096

// churn changes what is mapped until it is told to stop, on a processor of its
// own.
func churn(stop *atomic.Bool) (done chan error) {
	done = make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		stayOn(1)
		var err error
		for !stop.Load() && err == nil {
			var memory []byte
			if memory, err = unix.Mmap(-1, 0, 1<<20, unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS); err == nil {
				err = unix.Munmap(memory)
			}
		}
		done <- err
	}()
	return done
}

// raceProtect makes memory executable again and again while another thread
// changes what is mapped.
func raceProtect() error {
	memory, err := unix.Mmap(-1, 0, protected, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	var stop atomic.Bool
	done := churn(&stop)
	stayOn(0)
	found := raced{TID: unix.Gettid()}
	until := time.Now().Add(raceLasts)
	for i := 0; i < attempts && time.Now().Before(until); i++ {
		if err := unix.Mprotect(memory, unix.PROT_READ|unix.PROT_EXEC); err != nil {
			return err
		}
		found.Facts = append(found.Facts, uint64(i))
		if err := unix.Mprotect(memory, unix.PROT_READ|unix.PROT_WRITE); err != nil {
			return err
		}
	}
	stop.Store(true)
	if err := <-done; err != nil {
		return err
	}
	return json.NewEncoder(os.NewFile(3, "report")).Encode(found)
}

// What memory was before it became executable is right or said to be unknown,
// and then counted, however often another thread changes what is mapped: the
// kernel may refuse to look meanwhile.
func TestRaceOfMappings(t *testing.T) {
	w, truth := runRace(t, []string{"mem_prot_alert"}, "race-protect")
	list := ofThread(w, "mem_prot_alert", truth.TID, func(e *event.Event) bool { return number(t, *e, "len") == protected })
	if len(list) != len(truth.Facts) || len(list) < 100 {
		t.Fatalf("%d events of %d changes", len(list), len(truth.Facts))
	}
	unknown := 0
	for i, e := range list {
		want := uint64(4)
		if v, _ := e.Arg("prev_prot"); v.Kind() == event.KindNull {
			want = 2
			unknown++
		} else if n, _ := v.Int(); n != unix.PROT_READ|unix.PROT_WRITE {
			t.Fatalf("change %d: %v was the protection before", i, v)
		}
		if got := number(t, *e, "alert"); uint64(got) != want {
			t.Fatalf("change %d: alert %d, want %d: %+v", i, got, want, e)
		}
	}
	t.Logf("of %d changes, in %d nobody could look at what was before", len(list), unknown)
	if faults := w.probe.counters.last[catalogue.MemProtAlert].Fault; faults < uint64(unknown) {
		t.Errorf("%d are not known, %d are counted", unknown, faults)
	}
	if unknown*3 > len(list) {
		t.Errorf("%d of %d are not known", unknown, len(list))
	}
}
