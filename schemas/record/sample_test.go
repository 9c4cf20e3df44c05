package record

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/weirsec/weir/schemas/event"
)

var update = flag.Bool("update", false, "write testdata/sample.json anew")

// A batch recorded on Linux 6.18 (services/collector/probe, TestSample) decodes
// to the same JSON for ever.
func TestSample(t *testing.T) {
	data, err := os.ReadFile("testdata/sample.raw")
	if err != nil {
		t.Fatal(err)
	}
	b, err := Unmarshal(data)
	if err != nil {
		t.Fatal(err)
	}
	var d Decoder
	d.Reset(b.Envelope)
	var got []byte
	seq := b.Envelope.FirstSeq
	for rec, err := range Records(b.Records) {
		if err != nil {
			t.Fatal(err)
		}
		var e event.Event
		if err := d.Decode(rec, seq, &e); err != nil {
			t.Fatal(err)
		}
		got = append(event.AppendRawJSON(got, &e), '\n')
		seq++
	}
	if *update {
		if err := os.WriteFile("testdata/sample.json", got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/sample.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("decoded\n%s\nwant\n%s", got, want)
	}
	if n := seq - b.Envelope.FirstSeq; n != uint64(b.Envelope.Count) {
		t.Errorf("%d records, the envelope says %d", n, b.Envelope.Count)
	}
}
