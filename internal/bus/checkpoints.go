package bus

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// chunkBytes is what one entry holds of a checkpoint, well below the largest
	// message.
	chunkBytes = 256 << 10
	// purgedFor is how long the bucket remembers that an entry was there.
	purgedFor = time.Minute
	// purgeTimeout bounds removing pieces: nobody may wait long for that.
	purgeTimeout = 2 * time.Second
	// readAttempts is how often a checkpoint is read that is being replaced.
	readAttempts = 4
)

var (
	// ErrNoCheckpoint says that a partition has none.
	ErrNoCheckpoint = errors.New("no checkpoint")
	// ErrOlderCheckpoint says that there is one already that is as new, or that
	// another instance has just written one.
	ErrOlderCheckpoint = errors.New("there is a newer checkpoint")
)

// PutCheckpoint stores a checkpoint in the place of the one before, all of it or
// nothing. An older one never replaces a newer one of the same stream: the error
// wraps ErrOlderCheckpoint then, which fences instances that lost a partition
// and do not know it yet. It wraps ErrFull or ErrTooLarge where that is the reason.
func (c *Conn) PutCheckpoint(ctx context.Context, p Checkpoint) error {
	key, what := checkpointKey(p.Stage, p.Partition), fmt.Sprintf("store checkpoint of %s, partition %d", p.Stage, p.Partition)
	bucket, err := c.openBucket(ctx, BucketState)
	if err != nil {
		return bucketError(what, BucketState, err)
	}
	old, revision, err := c.head(ctx, bucket, key)
	if err != nil && !errors.Is(err, ErrNoCheckpoint) && revision == 0 {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err == nil && old.Seq >= p.Seq && old.Stream.Equal(p.Stream) {
		return fmt.Errorf("%s: %w: at message %d, not %d", what, ErrOlderCheckpoint, old.Seq, p.Seq)
	}
	packed := s2.Encode(nil, p.Data)
	digest := sha256.Sum256(packed)
	now := head{
		Version: headVersion, Seq: p.Seq, Stream: p.Stream, Write: rand.Text(),
		Bytes: len(packed), Chunks: (len(packed) + chunkBytes - 1) / chunkBytes, Encoding: encodingS2, Digest: digest[:],
	}
	if now.Chunks > maxChunks {
		return fmt.Errorf("%s: %w: %d bytes", what, ErrTooLarge, len(packed))
	}
	if err := c.putChunks(ctx, bucket, key, now, packed); err != nil {
		c.purgeChunks(ctx, bucket, key, now)
		return bucketError(what, BucketState, err)
	}
	err = putHead(ctx, bucket, key, now, revision)
	switch {
	case errors.Is(err, jetstream.ErrKeyExists):
		c.purgeChunks(ctx, bucket, key, now)
		return fmt.Errorf("%s: %w", what, ErrOlderCheckpoint)
	case err != nil:
		// The head may be in force although the answer did not come: its pieces stay.
		return bucketError(what, BucketState, err)
	}
	c.purgeChunks(ctx, bucket, key, old)
	return nil
}

func (c *Conn) putChunks(ctx context.Context, bucket jetstream.KeyValue, key string, h head, packed []byte) error {
	for i := range h.Chunks {
		piece := packed[i*chunkBytes : min((i+1)*chunkBytes, len(packed))]
		if _, err := bucket.Put(ctx, chunkKey(key, h, i), piece); err != nil {
			return err
		}
	}
	return nil
}

// putHead puts a head in the place of the one with a revision; 0 means none.
func putHead(ctx context.Context, bucket jetstream.KeyValue, key string, h head, revision uint64) error {
	value, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if revision == 0 {
		_, err = bucket.Create(ctx, key, value)
	} else {
		_, err = bucket.Update(ctx, key, value, revision)
	}
	return err
}

// purgeChunks removes what no head points to any more, also where writing it took
// so long that ctx has ended. What it cannot remove now takes up space until
// TidyCheckpoint.
func (c *Conn) purgeChunks(ctx context.Context, bucket jetstream.KeyValue, key string, h head) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), purgeTimeout)
	defer cancel()
	for i := range h.Chunks {
		if err := bucket.Purge(ctx, chunkKey(key, h, i), jetstream.PurgeTTL(purgedFor)); err != nil {
			c.metrics.skipped.Add(ctx, 1, reason("checkpoint_chunk"))
			return
		}
	}
}

// TidyCheckpoint removes the pieces of a partition's checkpoints that no head
// points to and that are older than age: whoever was killed while it wrote has
// left them.
func (c *Conn) TidyCheckpoint(ctx context.Context, stage string, partition int, age time.Duration) error {
	key := checkpointKey(stage, partition)
	bucket, err := c.openBucket(ctx, BucketState)
	if err != nil {
		return bucketError("tidy checkpoints", BucketState, err)
	}
	h, _, err := c.head(ctx, bucket, key)
	if err != nil && !errors.Is(err, ErrNoCheckpoint) {
		h = head{} // it is damaged, and so are its pieces
	}
	keys, err := bucket.ListKeysFiltered(ctx, key+".>")
	if err != nil {
		return bucketError("tidy checkpoints", BucketState, err)
	}
	for piece := range keys.Keys() {
		if h.Write != "" && strings.HasPrefix(piece, key+"."+h.Write+".") {
			continue
		}
		entry, err := bucket.Get(ctx, piece)
		if err == nil && time.Since(entry.Created()) >= age {
			err = bucket.Purge(ctx, piece, jetstream.PurgeTTL(purgedFor))
		}
		if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
			return bucketError("tidy checkpoints", BucketState, errors.Join(err, keys.Stop()))
		}
	}
	return nil
}

// Checkpoint returns the newest checkpoint of a partition. The error wraps
// ErrNoCheckpoint where there is none; any other means that there is one that
// cannot be read, which another attempt may mend or not.
func (c *Conn) Checkpoint(ctx context.Context, stage string, partition int) (Checkpoint, error) {
	key, what := checkpointKey(stage, partition), fmt.Sprintf("read checkpoint of %s, partition %d", stage, partition)
	bucket, err := c.openBucket(ctx, BucketState)
	if err != nil {
		return Checkpoint{}, bucketError(what, BucketState, err)
	}
	for attempt := range readAttempts {
		// It may be replaced just now, and a replica may not know all of it yet.
		if attempt > 0 && !sleep(ctx, backoff(attempt)) {
			break
		}
		h, _, headErr := c.head(ctx, bucket, key)
		if headErr != nil {
			return Checkpoint{}, fmt.Errorf("%s: %w", what, headErr)
		}
		var data []byte
		if data, err = chunks(ctx, bucket, key, h); err == nil {
			return Checkpoint{Stage: stage, Partition: partition, Seq: h.Seq, Stream: h.Stream, Data: data}, nil
		}
	}
	return Checkpoint{}, fmt.Errorf("%s: %w", what, err)
}

// CheckpointSeq returns the Seq and Stream of the newest checkpoint alone.
func (c *Conn) CheckpointSeq(ctx context.Context, stage string, partition int) (seq uint64, stream time.Time, err error) {
	bucket, err := c.openBucket(ctx, BucketState)
	if err != nil {
		return 0, time.Time{}, bucketError("look for checkpoints", BucketState, err)
	}
	h, _, err := c.head(ctx, bucket, checkpointKey(stage, partition))
	return h.Seq, h.Stream, err
}

// head returns a checkpoint's head with its revision, which is known also where
// the head cannot be read.
func (c *Conn) head(ctx context.Context, bucket jetstream.KeyValue, key string) (head, uint64, error) {
	entry, err := bucket.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return head{}, 0, ErrNoCheckpoint
	}
	if err != nil {
		return head{}, 0, bucketError("read head of a checkpoint", BucketState, err)
	}
	h, err := parseHead(entry.Value())
	return h, entry.Revision(), err
}

func chunks(ctx context.Context, bucket jetstream.KeyValue, key string, h head) ([]byte, error) {
	packed := make([]byte, 0, h.Bytes)
	for i := range h.Chunks {
		entry, err := bucket.Get(ctx, chunkKey(key, h, i))
		if err != nil {
			return nil, fmt.Errorf("piece %d of %d: %w", i+1, h.Chunks, err)
		}
		if packed = append(packed, entry.Value()...); len(packed) > h.Bytes {
			return nil, fmt.Errorf("it has more than %d bytes", h.Bytes)
		}
	}
	if digest := sha256.Sum256(packed); !bytes.Equal(digest[:], h.Digest) {
		return nil, errors.New("its bytes are not those that were written")
	}
	size, err := s2.DecodedLen(packed)
	if err != nil || size > maxExpansion*max(len(packed), chunkBytes) {
		return nil, fmt.Errorf("it expands to %d bytes: %w", size, errors.Join(err, ErrTooLarge))
	}
	return s2.Decode(make([]byte, size), packed)
}

// maxExpansion bounds what a packed checkpoint may become.
const maxExpansion = 64

func checkpointKey(stage string, partition int) string {
	return stage + ".p" + fmt.Sprintf("%03d", partition)
}

func chunkKey(key string, h head, i int) string { return key + "." + h.Write + "." + strconv.Itoa(i) }
