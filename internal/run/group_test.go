package run

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// journal notes what happened, in order.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
}

func (j *journal) component(name string) Component {
	return Component{
		Name: name,
		Run: func(ctx context.Context) error {
			<-ctx.Done()
			j.add("stop " + name)
			return nil
		},
		Drain: func(context.Context) error {
			j.add("drain " + name)
			return nil
		},
	}
}

func TestGroupStopsInOrder(t *testing.T) {
	var j journal
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (&Group{}).Run(ctx, j.component("a"), j.component("b")); err != nil {
		t.Fatal(err)
	}
	want := []string{"drain a", "stop a", "drain b", "stop b"}
	if !slices.Equal(j.lines, want) {
		t.Errorf("got %v, want %v", j.lines, want)
	}
}

func TestGroupStopsAllWhenOneFails(t *testing.T) {
	var j journal
	broken := Component{Name: "broken", Run: func(context.Context) error { return errors.New("no ring") }}
	err := (&Group{}).Run(t.Context(), j.component("a"), broken, j.component("b"))
	if err == nil || err.Error() != "broken: no ring" {
		t.Errorf("error is %v, want the component's name and reason", err)
	}
	if got := strings.Join(j.lines, ","); got != "drain a,stop a,drain b,stop b" {
		t.Errorf("got %s", got)
	}
}

func TestGroupGivesUpDraining(t *testing.T) {
	stuck := Component{
		Name: "stuck",
		Run:  func(ctx context.Context) error { <-ctx.Done(); return nil },
		Drain: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		},
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	start := time.Now()
	if err := (&Group{Drain: 20 * time.Millisecond}).Run(ctx, stuck); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestGroupContextOutlivesCaller(t *testing.T) {
	type key struct{}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "kept"))
	cancel()
	var alive bool
	c := Component{Name: "c", Run: func(ctx context.Context) error {
		alive = ctx.Value(key{}) == "kept"
		<-ctx.Done()
		return nil
	}}
	if err := (&Group{}).Run(ctx, c); err != nil {
		t.Fatal(err)
	}
	if !alive {
		t.Error("the component lost the caller's values")
	}
}
