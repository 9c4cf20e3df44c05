package batch

import (
	"encoding/json"
	"syscall"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

const benchEvents = 256

func encoded(b testing.TB) []byte {
	data, err := new(Encoder).Encode(nil, testEnvelope(), realistic(benchEvents))
	if err != nil {
		b.Fatal(err)
	}
	return data
}

// perEvent reports what one event costs: by the clock, and in processor time of
// the whole program, which says more on a shared machine. It is called before
// the loop; what it returns, after.
func perEvent(b *testing.B) func(size int) {
	b.ReportAllocs()
	start := processorTime(b)
	return func(size int) {
		events := float64(b.N) * benchEvents
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/events, "ns/event")
		b.ReportMetric(float64(processorTime(b)-start)/events, "cpu-ns/event")
		b.ReportMetric(float64(size)/benchEvents, "B/event")
	}
}

func processorTime(b *testing.B) int64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return used.Utime.Nano() + used.Stime.Nano()
}

func BenchmarkEncode(b *testing.B) {
	events := realistic(benchEvents)
	env := testEnvelope()
	var enc Encoder
	var buf []byte
	report := perEvent(b)
	for b.Loop() {
		var err error
		if buf, err = enc.Encode(buf[:0], env, events); err != nil {
			b.Fatal(err)
		}
	}
	report(len(buf))
}

func BenchmarkDecode(b *testing.B) {
	for name, reuse := range map[string]bool{"new": false, "reuse": true} {
		b.Run(name, func(b *testing.B) {
			data := encoded(b)
			dec := Decoder{Reuse: reuse}
			report := perEvent(b)
			for b.Loop() {
				if _, err := dec.Decode(data); err != nil {
					b.Fatal(err)
				}
			}
			report(len(data))
		})
	}
}

// The rows below are what the codec is compared with in the decision record.

func BenchmarkStockEncode(b *testing.B) {
	var msg eventpb.Batch
	if err := proto.Unmarshal(encoded(b), &msg); err != nil {
		b.Fatal(err)
	}
	var buf []byte
	report := perEvent(b)
	for b.Loop() {
		var err error
		if buf, err = (proto.MarshalOptions{}).MarshalAppend(buf[:0], &msg); err != nil {
			b.Fatal(err)
		}
	}
	report(len(buf))
}

func BenchmarkStockDecode(b *testing.B) {
	data := encoded(b)
	report := perEvent(b)
	for b.Loop() {
		var msg eventpb.Batch
		if err := proto.Unmarshal(data, &msg); err != nil {
			b.Fatal(err)
		}
	}
	report(len(data))
}

func BenchmarkFlatJSONEncode(b *testing.B) {
	events := realistic(benchEvents)
	var buf []byte
	report := perEvent(b)
	for b.Loop() {
		buf = buf[:0]
		for i := range events {
			buf = append(event.AppendRawJSON(buf, &events[i]), '\n')
		}
	}
	report(len(buf))
}

func BenchmarkFlatJSONDecode(b *testing.B) {
	var lines [][]byte
	size := 0
	for _, ev := range realistic(benchEvents) {
		line := event.AppendRawJSON(nil, &ev)
		lines, size = append(lines, line), size+len(line)
	}
	report := perEvent(b)
	for b.Loop() {
		for _, line := range lines {
			if _, err := event.ParseJSON(line); err != nil {
				b.Fatal(err)
			}
		}
	}
	report(size)
}

func BenchmarkStandardJSONDecode(b *testing.B) {
	var lines [][]byte
	size := 0
	for _, ev := range realistic(benchEvents) {
		line := event.AppendRawJSON(nil, &ev)
		lines, size = append(lines, line), size+len(line)
	}
	report := perEvent(b)
	for b.Loop() {
		for _, line := range lines {
			var v map[string]any
			if err := json.Unmarshal(line, &v); err != nil {
				b.Fatal(err)
			}
		}
	}
	report(size)
}

// The design promises these numbers; the clock of a shared machine is no test,
// the allocations are.
func TestAllocations(t *testing.T) {
	data := encoded(t)
	var dec Decoder
	perBatch := testing.AllocsPerRun(50, func() {
		if _, err := dec.Decode(data); err != nil {
			t.Fatal(err)
		}
	})
	if perBatch > 2*benchEvents/10 {
		t.Errorf("decoding takes %.0f allocations for %d events", perBatch, benchEvents)
	}
	var enc Encoder
	events, env := realistic(benchEvents), testEnvelope()
	var buf []byte
	perBatch = testing.AllocsPerRun(50, func() {
		var err error
		if buf, err = enc.Encode(buf[:0], env, events); err != nil {
			t.Fatal(err)
		}
	})
	if perBatch > benchEvents/5 {
		t.Errorf("encoding takes %.0f allocations for %d events", perBatch, benchEvents)
	}
}
