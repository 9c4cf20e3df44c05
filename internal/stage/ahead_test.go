package stage_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/bus/embed"
	"github.com/weirsec/weir/internal/stage"
)

// counter counts messages. One that comes again at once is known, as the contract
// says, but not to whoever has the checkpoint. The messages of number stuck fail
// after they were counted.
type counter struct {
	n     int
	last  string
	stuck *atomic.Int64
	tries *atomic.Int64
}

func (c *counter) Handle(_ context.Context, in stage.Message) ([]stage.Output, error) {
	if in.ID != c.last {
		c.n++
		c.last = in.ID
	}
	if in.ID == fmt.Sprint("in/", c.stuck.Load()) && !in.Replayed {
		c.tries.Add(1)
		return nil, errors.New("not now")
	}
	return []stage.Output{{Subject: bus.EventsSubject(in.Partition, "n"), ID: "out/" + in.ID, Data: []byte(strconv.Itoa(c.n))}}, nil
}

func (c *counter) Checkpoint() ([]byte, error) { return []byte(strconv.Itoa(c.n)), nil }

func (c *counter) Restore(data []byte) (err error) {
	c.n, c.last = 0, ""
	if data != nil {
		c.n, err = strconv.Atoi(string(data))
	}
	return err
}

// A checkpoint does not have what is still tried: whoever takes over handles that
// for the first time.
func TestCheckpointIsNotAhead(t *testing.T) {
	srv := bustest.Start(t, embed.Config{})
	conn := bustest.Connect(t, srv, bus.Layout{Partitions: 1})
	var stuck, tries atomic.Int64
	f := &fleet{t: t, srv: srv, cfg: copyConfig(nil)}
	f.cfg.Partitions, f.cfg.CheckpointEvery, f.cfg.MaxAttempts = 1, time.Millisecond, 1000
	f.cfg.NewHandler = func(int) (stage.Handler, error) { return &counter{stuck: &stuck, tries: &tries}, nil }
	const each = 5
	for round := range 4 {
		feed(t, conn, round*each, (round+1)*each)
		stuck.Store(int64(round*each + 3))
		tries.Store(0)
		f.start()
		for began := time.Now(); tries.Load() < 3; time.Sleep(time.Millisecond) {
			if time.Since(began) > 20*time.Second {
				t.Fatal("the message never came")
			}
		}
		f.end(0, false)
	}
	stuck.Store(-1)
	f.start()
	drainFleet(t, f)
	f.end(0, false)
	got := contents(t, conn, bus.StreamEvents)
	for i := range 4 * each {
		if n := got[fmt.Sprint("out/in/", i)]; n != strconv.Itoa(i+1) {
			t.Errorf("message %d was counted as the %sth", i, n)
		}
	}
}
