package e2e

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats.go"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector/replay"
)

// entrypoint is the program that the recorded attacker got hold of.
const entrypoint = "/opt/shop/entrypoint.sh"

// TestRecordDemo makes the recording that "weir demo" plays anew: real records
// of this kernel, only those of the attack's own processes, so that it tells
// nothing of the machine it was made on. It runs with WEIR_UPDATE=1.
func TestRecordDemo(t *testing.T) {
	if os.Getenv("WEIR_UPDATE") == "" {
		t.Skip("WEIR_UPDATE is not set: the recording stays as it is")
	}
	needEBPF(t)
	_, url := startRun(t, nil, "--node", "web-1")
	raw := subscribe(t, url, "weir.raw.web-1")
	performInPrivate(t)
	var batches []*eventpb.RawBatch
	eventually(t, 10*time.Second, "the attack's last record", func() error {
		var done bool
		if batches, done = attackOnly(t, raw.all()); !done {
			return fmt.Errorf("%d batches", len(batches))
		}
		return nil
	})
	file, err := os.Create(filepath.Join(moduleRoot(t), "cmd/weir/demo.weir"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := replay.NewWriter(file)
	for _, b := range batches {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
}

// performInPrivate performs attacks under names that mean nothing outside.
func performInPrivate(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "entrypoint.sh"), "#!/bin/sh\n"+
		"/bin/bash -c '/opt/shop/report run fileless_execution anti_debugging shadow_read; sleep 0.05'\nexit 0\n")
	script := `hostname web-1 && mount -t tmpfs none /opt && mkdir /opt/shop && cp "$1" /opt/shop/report &&
cp "$2/entrypoint.sh" /opt/shop && chmod +x /opt/shop/entrypoint.sh && mount -t tmpfs none /tmp && cd /opt/shop &&
exec env -i PATH=/usr/bin:/bin ` + entrypoint
	cmd := exec.Command("unshare", "--mount", "--uts", "sh", "-c", script, "sh", program("weir-generator"), dir)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// attackOnly returns the batches with nothing but the records of the processes
// that descend from the entrypoint, and whether its end is among them.
func attackOnly(t *testing.T, messages []*nats.Msg) (kept []*eventpb.RawBatch, done bool) {
	t.Helper()
	ours := map[int32]bool{}
	cgroups := map[uint64][]byte{}
	var root int32
	for _, m := range messages {
		b := rawBatch(t, m)
		var d record.Decoder
		d.Reset(b.GetEnvelope())
		var records []byte
		var count uint32
		for rec, err := range record.Records(b.GetRecords()) {
			var e event.Event
			if err == nil {
				err = d.Decode(rec, 0, &e)
			}
			if err != nil {
				t.Fatal(err)
			}
			if path, _ := e.String("cmdpath"); e.Name() == "sched_process_exec" && path == entrypoint {
				root = e.Context.HostPID
				ours[root] = true
			}
			if id, ok := e.Arg("cgroup_id"); ok {
				n, _ := id.Uint()
				cgroups[n] = append([]byte(nil), rec...)
			}
			if !ours[e.Context.HostPID] {
				continue
			}
			// Which cgroup the processes are in was told at the start.
			if cgroup := cgroups[e.Context.CgroupID]; cgroup != nil {
				records = append(records, cgroup...)
				count++
				delete(cgroups, e.Context.CgroupID)
			}
			if child, ok := e.Int("child_pid"); ok {
				ours[int32(child)] = true
			}
			records = append(records, rec...)
			count++
			done = done || e.Name() == "sched_process_exit" && e.Context.HostPID == root
		}
		if count > 0 {
			kept = append(kept, trimmed(b, records, count))
		}
	}
	return kept, done
}

// trimmed returns the batch with these records only. Sequence numbers are new:
// what was left out is no loss.
func trimmed(b *eventpb.RawBatch, records []byte, count uint32) *eventpb.RawBatch {
	env := b.GetEnvelope()
	return &eventpb.RawBatch{
		Records: records,
		Envelope: &eventpb.Envelope{
			Node: env.GetNode(), BootId: "5f0c7a52-6a0e-4d2b-9c3e-0d9d1f2b7a11",
			FirstSeq: env.GetFirstSeq(), Count: count, Schema: env.GetSchema(), BootTime: env.GetBootTime(),
			MinTime: env.GetBootTime() + kernelTime(records), MaxTime: env.GetMaxTime(),
			Stamps: []*eventpb.Stamp{{
				Stage: "collector", Instance: "web-1",
				In: env.GetStamps()[0].GetIn(), Out: env.GetStamps()[0].GetOut(),
			}},
		},
	}
}

// kernelTime returns the time in the first record's header.
func kernelTime(records []byte) int64 { return int64(binary.LittleEndian.Uint64(records[16:])) }

// rawBatch decodes a message of the raw stream.
func rawBatch(t *testing.T, m *nats.Msg) *eventpb.RawBatch {
	t.Helper()
	data := m.Data
	if m.Header.Get("Content-Encoding") == "s2" {
		var err error
		if data, err = s2.Decode(nil, data); err != nil {
			t.Fatal(err)
		}
	}
	b, err := record.Unmarshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
