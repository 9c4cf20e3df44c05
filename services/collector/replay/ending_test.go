package replay

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

// At the end each node and boot says that it has nothing more to tell, and
// nobody waits for that.
func TestEnding(t *testing.T) {
	other, late := sample(5, 3*second), sample(8, second)
	other.Envelope.Node = "other"
	began := time.Now()
	s, err := play(t, recording(t, sample(10, second), other, sample(12, 2*second), late), Options{Speed: 100})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.batches) != 4 || len(s.silent) != 2 {
		t.Fatalf("%d batches, %d silent ones", len(s.batches), len(s.silent))
	}
	boot := other.Envelope.BootTime
	for i, want := range []*eventpb.Envelope{
		{Node: "old", BootId: "boot", FirstSeq: 14, MinTime: boot + 3*second, MaxTime: boot + 3*second + int64(record.MaxHold)},
		{Node: "other", BootId: "boot", FirstSeq: 7, MinTime: boot + 4*second, MaxTime: boot + 4*second + int64(record.MaxHold)},
	} {
		want.BootTime, want.Schema = boot, record.Schema
		if got := s.silent[i]; !proto.Equal(got.Envelope, want) || len(got.Records) != 0 {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("waited %s for nothing", took)
	}
}

// The end moves with the rest.
func TestEndingNow(t *testing.T) {
	s, err := play(t, recording(t, sample(10, second)), Options{Now: true})
	if err != nil || len(s.silent) != 1 {
		t.Fatalf("%v, %v", s.silent, err)
	}
	last, end := s.batches[0].Envelope, s.silent[0].Envelope
	if end.BootId != last.BootId || end.MaxTime != last.MaxTime+int64(record.MaxHold) || end.BootTime != last.BootTime {
		t.Errorf("end %v of %v", end, last)
	}
}

// Events that were decoded elsewhere are not waited with.
func TestEndingOfDecoded(t *testing.T) {
	decoded := &eventpb.RawBatch{Envelope: &eventpb.Envelope{
		Node: "n", BootId: "b", Schema: record.SchemaEvents, MaxTime: 5,
		Losses: []*eventpb.Loss{{Reason: "r", Count: 1}},
	}}
	if s, err := play(t, recording(t, decoded), Options{}); err != nil || len(s.silent) != 0 {
		t.Errorf("%v, %v", s.silent, err)
	}
}
