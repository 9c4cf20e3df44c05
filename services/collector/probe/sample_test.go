package probe

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
)

var updateSample = flag.Bool("update-sample", false, "record schemas/record/testdata/sample.raw anew")

// The sample that schemas/record decodes without privileges is what this test
// records: a shell that reads a file, fails to run a program, traces itself and
// exits with 3. Everything else that the machine did is left out of it.
func TestSample(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	helper := filepath.Join(t.TempDir(), "helper")
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(helper, program, 0o700); err != nil {
		t.Fatal(err)
	}
	interest := []string{"openat", "security_file_open", "execve", "ptrace", "connect", "security_socket_connect"}
	w := watch(t, Config{}, interest, func() {
		cmd := exec.Command("/bin/sh", "-c", `cat /etc/passwd; /no/such/program; WEIR_TEST_ACTION=ptrace "$0"; exit 3`, helper)
		cmd.Env, cmd.Dir = []string{"PATH=/usr/bin:/bin", "SECRET=none"}, "/"
		if err := cmd.Run(); cmd.ProcessState.ExitCode() != 3 {
			t.Error(err)
		}
	})
	batch := family(t, w)
	if batch.Envelope.Count < 10 {
		t.Errorf("%d events in the sample", batch.Envelope.Count)
	}
	if !*updateSample {
		return
	}
	data, err := record.Marshal(batch.Envelope, batch.Records)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("../../../schemas/record/testdata/sample.raw", data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// family keeps the records of this process's descendants, in one batch.
func family(t *testing.T, w *watched) *eventpb.RawBatch {
	t.Helper()
	one := &eventpb.RawBatch{Envelope: &eventpb.Envelope{
		Node: "sample", BootId: "00000000-0000-0000-0000-000000000001", FirstSeq: 1,
		Schema: record.Schema, BootTime: w.batches[0].Envelope.BootTime, MinTime: 1<<63 - 1,
	}}
	ours := map[int32]bool{int32(os.Getpid()): true}
	n := 0
	for _, b := range w.batches {
		for rec, err := range record.Records(b.Records) {
			if err != nil {
				t.Fatal(err)
			}
			e := &w.events[n]
			n++
			if !keep(e, ours) {
				continue
			}
			one.Records = append(one.Records, rec...)
			one.Envelope.Count++
			one.Envelope.MinTime = min(one.Envelope.MinTime, e.Time)
			one.Envelope.MaxTime = max(one.Envelope.MaxTime, e.Time)
		}
	}
	return one
}

// keep learns descendants from forks. Of the helper, which is a Go program,
// only the trace counts.
func keep(e *event.Event, ours map[int32]bool) bool {
	pid := e.Context.HostPID
	if e.Name() == "sched_process_fork" && ours[pid] {
		v, _ := e.Arg("child_pid")
		child, _ := v.Int()
		if int32(child) == pid {
			return false
		}
		ours[int32(child)] = true
		return true
	}
	if e.Context.ProcessName == "helper" {
		return e.Name() == "ptrace"
	}
	return ours[pid] && int(pid) != os.Getpid()
}
