package live

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/metric/noop"
	"go.uber.org/goleak"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/interest"
)

// Rights that are given up never come back, so that happens in a process of its
// own, which is this test binary.
func TestMain(m *testing.M) {
	if os.Getenv("WEIR_TEST_ACTION") == "confine" {
		if err := actConfine(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// confined is what a confined machine tells of itself.
type confined struct {
	// First is what Confine says, Last the capabilities of each thread while
	// live events come.
	First string
	Last  []string
	// Attached is what is attached when everything is wanted, Again when it was
	// switched off and on.
	Attached, Again []bpf.Attachment
	Log             string
}

// counted is a broker that counts.
type counted struct {
	mu sync.Mutex
	n  int
}

func (c *counted) Publish(context.Context, stage.Output) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return nil
}

func (c *counted) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// actConfine watches the machine with as few rights as possible.
func actConfine() error {
	var c confined
	var log strings.Builder
	m, err := Open(Config{Node: "web-1"}, stage.Settings{
		Instance: "i", Logger: slog.New(slog.NewTextHandler(&log, nil)), Meter: noop.Meter{},
	})
	if err != nil {
		return err
	}
	broker := new(counted)
	service, err := m.Collector(broker, func(node string) string { return "weir.raw." + node })
	if err != nil {
		return err
	}
	done, err := m.Confine()
	if err != nil {
		return err
	}
	c.First = done.String()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	var wg sync.WaitGroup
	var failed error
	wg.Go(func() { failed = service.Run(ctx) })
	// The snapshot is over when a program that starts now is told of.
	m.SetInterest(ctx, interest.Of("*"))
	c.Attached = m.Attachments()
	for before := broker.count(); ctx.Err() == nil && (before == 0 || broker.count() == before); {
		if err := exec.CommandContext(ctx, "/bin/true").Run(); err != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
		if before == 0 {
			before = broker.count()
		}
	}
	m.SetInterest(ctx, interest.Interest{})
	m.SetInterest(ctx, interest.Of("*"))
	c.Again = m.Attachments()
	c.Last, err = capabilities()
	if err != nil || ctx.Err() != nil {
		return fmt.Errorf("no events: %w", context.Cause(ctx))
	}
	stop()
	wg.Wait()
	c.Log = log.String()
	if failed != nil {
		return failed
	}
	if err := m.Close(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(c)
}

// capabilities lists the permitted sets of all threads.
func capabilities() (sets []string, err error) {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return nil, err
	}
	for _, t := range tasks {
		text, err := os.ReadFile("/proc/self/task/" + t.Name() + "/status")
		if err != nil {
			continue // It has ended.
		}
		_, rest, _ := strings.Cut(string(text), "CapPrm:\t")
		set, _, _ := strings.Cut(rest, "\n")
		sets = append(sets, set)
	}
	return sets, nil
}
