package bus

import (
	"encoding/json"
	"fmt"
	"time"
)

// Checkpoint is what an instance of a stage remembered of a partition, so that
// the next owner can go on from there.
type Checkpoint struct {
	// Stage and Partition name whose it is; Stage is a single token.
	Stage     string
	Partition int
	// Seq is the stream sequence of the last message that is in it, and Stream
	// tells the stream from an earlier one of the same name: when it was made.
	Seq    uint64
	Stream time.Time
	// Data is the stage's own.
	Data []byte
}

// head is the entry that makes a checkpoint valid. The data is in entries of
// its own, because one entry must not be larger than a message.
type head struct {
	Version int       `json:"version"`
	Seq     uint64    `json:"seq"`
	Stream  time.Time `json:"stream"`
	// Write names the entries with the data: no two writes share any.
	Write  string `json:"write"`
	Chunks int    `json:"chunks"`
	Bytes  int    `json:"bytes"`
	// Encoding is that of the data: "s2".
	Encoding string `json:"encoding"`
	// Digest is the SHA-256 of the encoded data.
	Digest []byte `json:"digest"`
}

const (
	headVersion = 1
	maxChunks   = 4096
)

// parseHead reads a head. Whoever can write to the bucket can put anything
// there, so that what it claims is bounded before anything is made of it.
func parseHead(value []byte) (head, error) {
	var h head
	if err := json.Unmarshal(value, &h); err != nil {
		return head{}, fmt.Errorf("head of a checkpoint: %w", err)
	}
	switch {
	case h.Version != headVersion:
		return head{}, fmt.Errorf("head of a checkpoint: version %d is not known, only %d", h.Version, headVersion)
	case !isToken(h.Write):
		return head{}, fmt.Errorf("head of a checkpoint: %q names no entries", h.Write)
	case h.Chunks < 0 || h.Chunks > maxChunks || h.Bytes < 0 || h.Bytes > maxChunks*chunkBytes:
		return head{}, fmt.Errorf("head of a checkpoint: %d bytes in %d pieces are too many", h.Bytes, h.Chunks)
	case h.Encoding != encodingS2:
		return head{}, fmt.Errorf("head of a checkpoint: encoding %q is not known", h.Encoding)
	}
	return h, nil
}
