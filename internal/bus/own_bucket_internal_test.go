package bus

import (
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

// Only what is missing in the bucket of bundles is a bundle.
func TestBucketErrorOfMissingKey(t *testing.T) {
	for _, c := range []struct {
		bucket string
		bundle bool
		want   string
	}{
		{BucketSignatures, true, "remove x: no such bundle"},
		{BucketLedger, false, "remove x: bucket " + BucketLedger + ": "},
	} {
		for _, missing := range []error{jetstream.ErrKeyNotFound, jetstream.ErrKeyDeleted} {
			err := bucketError("remove x", c.bucket, missing)
			if errors.Is(err, ErrNoBundle) != c.bundle || errors.Is(err, missing) == c.bundle || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("%s: %v", c.bucket, err)
			}
		}
	}
}
