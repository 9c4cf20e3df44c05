package main

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/run"
)

// watched is a storage whose disk the test fills and empties.
func watched(goesOn bool) (*storage, *atomic.Int64, *run.Health) {
	var free, stored atomic.Int64
	free.Store(1 << 30)
	health := &run.Health{}
	return &storage{
		dir: "/data", log: slog.New(slog.DiscardHandler), health: health, period: time.Millisecond,
		patience: 50 * time.Millisecond,
		free:     func() (int64, error) { return free.Load(), nil },
		stored: func(context.Context) (uint64, error) {
			if goesOn {
				stored.Add(1)
			}
			return uint64(stored.Load()), nil
		},
	}, &free, health
}

// await waits for a status of the whole.
func await(t *testing.T, health *run.Health, status string) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); health.Report().Status != status; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("health is %+v, want %s", health.Report(), status)
		}
	}
}

func TestStorageTellsOfAFullDisk(t *testing.T) {
	s, free, health := watched(true)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.watch(ctx) }()
	free.Store(1 << 20)
	await(t, health, run.StatusNotReady)
	if reason := health.Report().Parts[0].Reason; !strings.Contains(reason, "/data") {
		t.Errorf("the reason is %q", reason)
	}
	free.Store(storageAgain - 1) // not enough to go on
	time.Sleep(5 * time.Millisecond)
	await(t, health, run.StatusNotReady)
	free.Store(1 << 30)
	await(t, health, run.StatusReady)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestStorageEndsWhereTheBrokerStaysStopped(t *testing.T) {
	s, free, health := watched(false)
	done := make(chan error, 1)
	go func() { done <- s.watch(t.Context()) }()
	free.Store(0)
	await(t, health, run.StatusNotReady)
	free.Store(1 << 30)
	if err := <-done; err == nil || !strings.Contains(err.Error(), "start Weir again") {
		t.Errorf("got %v", err)
	}
}

func TestFreeBytes(t *testing.T) {
	if n, err := freeBytes(t.TempDir()); err != nil || n <= 0 {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := freeBytes("/no/such/directory"); err == nil || !strings.Contains(err.Error(), "/no/such/directory") {
		t.Errorf("got %v", err)
	}
}
