package bus_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
)

// noise does not compress.
func noise(n int) []byte {
	data := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(data)
	return data
}

func TestCheckpoints(t *testing.T) {
	conn := bustest.Run(t)
	if _, err := conn.Checkpoint(t.Context(), "enricher", 3); !errors.Is(err, bus.ErrNoCheckpoint) {
		t.Fatalf("error is %v", err)
	}
	made := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	for _, c := range []struct {
		seq  uint64
		data []byte
	}{
		{7, nil}, {8, []byte("small")}, {9, noise(3<<20 + 17)}, {200, bytes.Repeat([]byte("same"), 1<<20)}, {201, noise(10)},
	} {
		put := bus.Checkpoint{Stage: "enricher", Partition: 3, Seq: c.seq, Stream: made, Data: c.data}
		if err := conn.PutCheckpoint(t.Context(), put); err != nil {
			t.Fatal(err)
		}
		got, err := conn.Checkpoint(t.Context(), "enricher", 3)
		if err != nil || got.Seq != c.seq || !got.Stream.Equal(made) || !bytes.Equal(got.Data, c.data) {
			t.Fatalf("got %d, %s, %d bytes, %v", got.Seq, got.Stream, len(got.Data), err)
		}
		if seq, stream, err := conn.CheckpointSeq(t.Context(), "enricher", 3); seq != c.seq || !stream.Equal(made) || err != nil {
			t.Errorf("head is %d, %s, %v", seq, stream, err)
		}
	}
	// Of what was replaced nothing is left but what says so for a while.
	if left := values(t, conn); left != 2 {
		t.Errorf("%d entries hold something, want the head and one piece", left)
	}
}

// values counts the entries of the bucket that hold something.
func values(t *testing.T, conn *bus.Conn) int {
	t.Helper()
	bucket, err := conn.JetStream().KeyValue(t.Context(), bus.BucketState)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := bucket.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(keys)
}

// An instance that was paused must not put an old state in the place of its
// successor's; one of another stream says nothing about this one.
func TestOlderCheckpointIsRefused(t *testing.T) {
	conn := bustest.Run(t)
	made := time.Now()
	put := func(seq uint64, stream time.Time) error {
		return conn.PutCheckpoint(t.Context(), bus.Checkpoint{Stage: "s", Seq: seq, Stream: stream, Data: []byte("x")})
	}
	if err := put(10, made); err != nil {
		t.Fatal(err)
	}
	for _, seq := range []uint64{9, 10} {
		if err := put(seq, made); !errors.Is(err, bus.ErrOlderCheckpoint) {
			t.Errorf("checkpoint at %d: %v", seq, err)
		}
	}
	if err := put(1, made.Add(time.Hour)); err != nil {
		t.Errorf("checkpoint of a stream that was made anew: %v", err)
	}
}

// Of many that write at once, one whole checkpoint is left, and it is readable
// all the time.
func TestCheckpointsAtOnce(t *testing.T) {
	conn := bustest.Run(t)
	made := time.Now()
	ctx, cancel := context.WithCancel(t.Context())
	var writers, readers sync.WaitGroup
	readers.Go(func() {
		for ctx.Err() == nil {
			got, err := conn.Checkpoint(ctx, "s", 0)
			if err != nil && ctx.Err() == nil && !errors.Is(err, bus.ErrNoCheckpoint) {
				t.Error(err)
			}
			if err == nil && slices.ContainsFunc(got.Data, func(b byte) bool { return b != byte(got.Seq) }) {
				t.Errorf("checkpoint at %d is mixed with another one", got.Seq)
			}
		}
	})
	for w := range 4 {
		writers.Go(func() {
			for i := range 20 {
				seq := uint64(1 + i*4 + w)
				err := conn.PutCheckpoint(t.Context(), bus.Checkpoint{
					Stage: "s", Seq: seq, Stream: made, Data: bytes.Repeat([]byte{byte(seq)}, 1000),
				})
				if err != nil && !errors.Is(err, bus.ErrOlderCheckpoint) {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	cancel()
	readers.Wait()
	if left := values(t, conn); left != 2 {
		t.Errorf("%d entries are left, want the head and one piece", left)
	}
}

// Whatever stands in the bucket, reading it ends with an error that says what.
func TestDamagedCheckpoint(t *testing.T) {
	conn := bustest.Run(t)
	bucket, err := conn.JetStream().KeyValue(t.Context(), bus.BucketState)
	if err != nil {
		t.Fatal(err)
	}
	put := bus.Checkpoint{Stage: "s", Partition: 1, Seq: 5, Stream: time.Now(), Data: []byte("data")}
	if err := conn.PutCheckpoint(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	for _, which := range []string{"head", "piece"} {
		for _, value := range []string{"", "x", "{}", `{"version":1,"write":"a.b","encoding":"s2"}`, `{"version":1,"write":"ab","encoding":"s2","chunks":-1}`, `{"version":9}`} {
			key := "s.p001"
			if which == "piece" {
				key = piece(t, bucket)
			}
			if _, err := bucket.Put(t.Context(), key, []byte(value)); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Checkpoint(t.Context(), "s", 1); err == nil || errors.Is(err, bus.ErrNoCheckpoint) {
				t.Errorf("%s = %q: error is %v", key, value, err)
			}
			// The next one mends it.
			put.Seq++
			if err := conn.PutCheckpoint(t.Context(), put); err != nil {
				t.Errorf("after %s = %q: %v", key, value, err)
			}
			if _, err := conn.Checkpoint(t.Context(), "s", 1); err != nil {
				t.Errorf("after %s = %q: %v", key, value, err)
			}
		}
	}
}

// What could not be written in time leaves nothing behind: else a slow broker
// would be filled with pieces that nobody reads.
func TestCheckpointCutShortLeavesNothing(t *testing.T) {
	conn := bustest.Run(t)
	data := make([]byte, 2<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data) // which cannot be packed
	c := bus.Checkpoint{Stage: "s", Partition: 1, Seq: 1, Data: data[:10]}
	if err := conn.PutCheckpoint(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	c.Seq, c.Data = 2, data
	short := 0
	for limit := 2 * time.Millisecond; limit < time.Minute; limit *= 2 {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		err := conn.PutCheckpoint(ctx, c)
		cancel()
		got, readErr := conn.Checkpoint(t.Context(), "s", 1)
		if readErr != nil {
			t.Fatalf("after %s, %v: %v", limit, err, readErr)
		}
		if got.Seq == c.Seq {
			// Also where the time was over before the answer came.
			break
		}
		short++
		// Nobody knows whether a head without an answer is in force.
		whole := 2 + (len(data)+256<<10-1)/(256<<10)
		if left := values(t, conn); left != 2 && left != whole {
			t.Fatalf("after %s, %v: %d entries hold something, want the head and one piece", limit, err, left)
		}
	}
	if short == 0 {
		t.Error("none was cut short")
	}
}

// piece returns the key of the piece that was written last.
func piece(t *testing.T, bucket jetstream.KeyValue) string {
	t.Helper()
	keys, err := bucket.Keys(t.Context(), jetstream.IgnoreDeletes())
	if err != nil {
		t.Fatal(err)
	}
	var last string
	var revision uint64
	for _, key := range keys {
		entry, err := bucket.Get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if key != "s.p001" && entry.Revision() > revision {
			last, revision = key, entry.Revision()
		}
	}
	return last
}

// What an instance left that was killed while it wrote is cleared away, once it
// is old enough not to be of one that still writes.
func TestTidyCheckpoint(t *testing.T) {
	conn := bustest.Run(t)
	bucket, err := conn.JetStream().KeyValue(t.Context(), bus.BucketState)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"s.p001.DEAD.0", "s.p001.DEAD.1", "s.p002.OTHER.0", "z.p001.OTHER.0"} {
		if _, err := bucket.Put(t.Context(), key, []byte("left")); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.PutCheckpoint(t.Context(), bus.Checkpoint{Stage: "s", Partition: 1, Seq: 5, Data: []byte("data")}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		age  time.Duration
		want int
	}{{time.Hour, 6}, {0, 4}, {0, 4}} {
		if err := conn.TidyCheckpoint(t.Context(), "s", 1, c.age); err != nil {
			t.Fatal(err)
		}
		if n := values(t, conn); n != c.want {
			t.Errorf("%d entries are left that are younger than %s, want %d", n, c.age, c.want)
		}
	}
	if got, err := conn.Checkpoint(t.Context(), "s", 1); err != nil || string(got.Data) != "data" {
		t.Errorf("the checkpoint is %q, %v", got.Data, err)
	}
}
