package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/frames"
	"github.com/weirsec/weir/services/collector/recorder"
)

func TestLedgerText(t *testing.T) {
	for _, c := range []struct {
		ledger recorder.Ledger
		want   string
	}{
		{recorder.Ledger{Bytes: 8}, "f: 0 events in 0 batches, 8 B; nothing lost\n"},
		{
			recorder.Ledger{Events: 1, Batches: 1, Bytes: 2048, Unwanted: 3, Late: 4, Lost: []*eventpb.Loss{
				{Stage: "collector", Reason: "ring_full", Event: "openat", Count: 5}, {Stage: "recorder", Reason: "size_limit", Count: 2},
			}},
			"f: 1 event in 1 batch, 2.0 KiB; 3 not asked for; 4 after the end; 7 lost:\n" +
				"  5 × openat: ring_full (collector)\n  2 × events of unknown kind: size_limit (recorder)\n",
		},
	} {
		if got := ledgerText("f", c.ledger); got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
	}
}

// A file that is there is not touched unless that is asked for, and nobody else
// can read the new one.
func TestRecordFile(t *testing.T) {
	o := &recordOptions{file: filepath.Join(t.TempDir(), "r.weir")}
	cfg := recorder.Config{Magic: frames.Raw}
	if err := os.WriteFile(o.file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := o.create(cfg); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("error %v", err)
	}
	if text, _ := os.ReadFile(o.file); string(text) != "mine" {
		t.Errorf("the file holds %q", text)
	}
	o.force = true
	for range 2 {
		f, err := o.create(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.close(); err != nil {
			t.Error(err)
		}
	}
	info, err := os.Stat(o.file)
	if err != nil || info.Size() != int64(len(frames.Raw)) || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if _, err := o.create(recorder.Config{Magic: frames.Raw, MaxBytes: 1}); err == nil {
		t.Error("a limit that cannot work is taken")
	}
}

func TestRecordOptions(t *testing.T) {
	for _, c := range []struct {
		options recordOptions
		ok      bool
	}{
		{recordOptions{events: []string{"openat", "*"}}, true},
		{recordOptions{events: []string{"no_such"}}, false},
		{recordOptions{duration: -1}, false},
	} {
		if err := c.options.validate(); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c.options, err)
		}
	}
}
