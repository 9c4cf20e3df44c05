package bus

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// WatchMembers calls fn with the names of the instances of a kind of service
// that live, sorted: at once, and again whenever one comes or goes. One that was
// silent while another gave nine signs of life is told no more, also where the
// broker has not forgotten it: its wall clock may have been set back. It returns nil
// when ctx ends.
func (c *Conn) WatchMembers(ctx context.Context, kind string, fn func(instances []string)) error {
	living := newLiving()
	var told []string
	ready := false
	tell := func() {
		now := living.all()
		if ready && (told == nil || !slices.Equal(now, told)) {
			told = append([]string{}, now...)
			fn(now)
		}
	}
	prefix := memberKey(kind, "")
	// After an interruption those that are gone for long are not told of any more.
	begin := func() {
		living.clear()
		ready = false
	}
	return c.followFrom(ctx, BucketMembers, kind+".*", begin, func(entry jetstream.KeyValueEntry) {
		instance, err := hex.DecodeString(strings.TrimPrefix(entry.Key(), prefix))
		if err != nil {
			return // not a member's key
		}
		if entry.Operation() == jetstream.KeyValuePut {
			living.sign(string(instance))
		} else {
			living.gone(string(instance))
		}
		tell()
	}, func() {
		ready = true
		tell()
	})
}
