package enricher

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/internal/stage/stagetest"
	"github.com/weirsec/weir/schemas/batch"
)

// publishable turns a raw message into what the collector publishes.
func publishable(t testing.TB, m *raw) bus.Message {
	in := m.message(t, 0)
	return bus.Message{Subject: bus.RawSubject(m.env.Node), ID: in.ID, Data: in.Data}
}

// TestContract lets the real loop run the handler while everything fails.
func TestContract(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills stages for several seconds: not with -short")
	}
	cfg := Default()
	cfg.Partitions = 4
	e, err := New(cfg, stage.Settings{Instance: "e"})
	if err != nil {
		t.Fatal(err)
	}
	// Only the stamps tell the real time; here they must not.
	e.now = func() time.Time { return time.Unix(0, 200) }
	stagetest.Check(t, stagetest.Case{
		Stream: bus.StreamRaw, Filter: bus.RawFilter, OutStream: bus.StreamEvents, Inputs: contractInputs(t),
		NewHandler: func(p int) (stage.Handler, error) {
			if p < 0 {
				return nil, fmt.Errorf("no partition %d", p)
			}
			return &timeless{newHandler(e)}, nil
		},
	})
}

// timeless is a handler that remembers, to which every message comes at the same
// time: stamps tell the real one.
type timeless struct{ *handler }

func (h *timeless) Handle(ctx context.Context, in stage.Message) ([]stage.Output, error) {
	in.Received = time.Unix(0, 100)
	return h.handler.Handle(ctx, in)
}

// contractInputs are messages of seven nodes with all that is remembered.
func contractInputs(t *testing.T) (inputs []bus.Message) {
	t.Helper()
	r := rand.New(rand.NewPCG(4, 2))
	var nodes []*crowd
	for i := range 7 {
		nodes = append(nodes, newCrowd(r, fmt.Sprint("node-", i)))
	}
	for i := range 300 {
		inputs = append(inputs, publishable(t, nodes[i%7].message(1+r.IntN(20))))
	}
	for _, c := range nodes {
		inputs = append(inputs, publishable(t, c.end()))
	}
	return inputs
}

// TestOverBroker lets a process of one message be the ancestor in the next.
func TestOverBroker(t *testing.T) {
	conn := bustest.Run(t)
	settings := stage.Settings{Instance: "e", Logger: bustest.Logger(t)}
	e, err := New(Default(), settings)
	if err != nil {
		t.Fatal(err)
	}
	runner, err := stage.New(conn, e.Stage(16), settings)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	parent := initd
	const depth = 6
	for i := range int32(depth) {
		m := newRaw()
		m.env.FirstSeq += uint64(i) * 100
		k := parent.child(100+i, uint64(100*(i+1)))
		m.fork(k.start, parent, k).exec(k.start+1, k, fmt.Sprint("/bin/", i))
		if err := conn.Publish(ctx, publishable(t, m)); err != nil {
			t.Fatal(err)
		}
		parent = k
	}
	running, end := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- runner.Run(running) }()
	if err := runner.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	end()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	messages := 0
	tailing, enough := context.WithCancel(ctx)
	defer enough()
	err = conn.Tail(tailing, bus.TailConfig{Stream: bus.StreamEvents, StartSeq: 1}, func(_ context.Context, m bus.Received) error {
		var d batch.Decoder
		b, err := d.Decode(m.Data)
		if err != nil {
			return err
		}
		if messages++; messages < depth {
			return nil
		}
		enough()
		last := b.Events[len(b.Events)-1]
		n := depth - 1
		for p := last.Context.Process; p.Parent != nil; p = p.Parent {
			if want := fmt.Sprint("/bin/", n); p.Executable != want {
				t.Errorf("ancestor runs %q, want %q", p.Executable, want)
			}
			n--
		}
		if n != -1 {
			t.Errorf("%d ancestors are missing", n+1)
		}
		return nil
	})
	if messages != depth {
		t.Errorf("%d of %d messages arrived: %v", messages, depth, err)
	}
}
