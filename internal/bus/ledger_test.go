package bus_test

import (
	"testing"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/schemas/ledger"
)

func TestReports(t *testing.T) {
	conn := bustest.Run(t)
	put := func(stage string, partition int, seq uint64, stream int64, read uint64) {
		t.Helper()
		r := &ledger.Report{Stage: stage, Partition: partition, Seq: seq, Stream: stream, Accounts: []*ledger.Account{{Node: "n", Read: read}}}
		if err := conn.PutReport(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	put("enricher", 0, 10, 1, 100)
	put("enricher", 0, 9, 1, 90) // of an instance that was paused
	put("enricher", 1, 5, 1, 7)
	put("detector", 1, 5, 1, 7)
	put("detector", 1, 1, 2, 3) // of a stream that was made anew
	bucket, err := conn.JetStream().KeyValue(t.Context(), bus.BucketLedger)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bucket.Put(t.Context(), "notifier.p000", []byte("?")); err != nil {
		t.Fatal(err)
	}
	reports, err := conn.Reports(t.Context())
	if err != nil || len(reports) != 3 {
		t.Fatalf("%d reports, %v", len(reports), err)
	}
	sum := map[string]uint64{}
	for _, r := range reports {
		sum[r.Stage] += r.Accounts[0].Read
	}
	if sum["enricher"] != 107 || sum["detector"] != 3 {
		t.Errorf("read %v", sum)
	}
	put("notifier", 0, 1, 1, 5) // what could not be read is replaced
	if reports, err = conn.Reports(t.Context()); err != nil || len(reports) != 4 {
		t.Errorf("%d reports, %v", len(reports), err)
	}
}
