package bpf

import (
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/asm"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/interest"
)

func attachmentOf(t *testing.T, p *Programs, event catalogue.Type) Attachment {
	t.Helper()
	list := p.Attachments()
	i := slices.IndexFunc(list, func(a Attachment) bool { return a.Event == event.String() })
	if i < 0 {
		t.Fatalf("%s is not listed", event)
	}
	return list[i]
}

// Which of the programs that note what was before are missing is told, and where
// all are, the event does not count as attached.
func TestFeeders(t *testing.T) {
	p := load(t, Options{Avoid: []catalogue.Hook{catalogue.LSM, catalogue.Fentry, catalogue.Kprobe}})
	k, err := running()
	if err != nil {
		t.Fatal(err)
	}
	// Before, programs cannot look for memory by its address.
	looks := k.atLeast(5, 17)
	list := feeders()[catalogue.MemProtAlert]
	last := list[len(list)-1].name
	if a := attachmentOf(t, p, catalogue.MemProtAlert); a.Attached || (a.Reason != "") == looks {
		t.Errorf("before anyone wants it: %+v", a)
	}
	if err := p.SetInterest(interest.Of("mem_prot_alert")); err != nil {
		t.Fatal(err)
	}
	a := attachmentOf(t, p, catalogue.MemProtAlert)
	want := []string{"lsm: ", "fentry: ", "kprobe: "}
	if !looks {
		want = append(want, "tp: ")
	}
	checkRefused(t, a, want)
	if a.Hook != "sys_exit" || a.Attached != looks {
		t.Errorf("%+v", a)
	}
	if !looks {
		return
	}

	if err := p.SetInterest(interest.Interest{}); err != nil {
		t.Fatal(err)
	}
	for i := range copies {
		_ = p.progs[copyName(last, i)].Close()
		delete(p.progs, copyName(last, i))
	}
	p.spec.Programs[last].Instructions = asm.Instructions{asm.Return()} // of nothing: no verifier takes it
	if err := p.SetInterest(interest.Of("mem_prot_alert")); err != nil {
		t.Fatal(err)
	}
	a = attachmentOf(t, p, catalogue.MemProtAlert)
	checkRefused(t, a, append(want, "tp: "))
	if a.Attached || !strings.Contains(a.Reason, "tp: ") || !strings.Contains(a.Reason, "kprobe: ") {
		t.Errorf("without any: %+v", a)
	}
}

func checkRefused(t *testing.T, a Attachment, want []string) {
	t.Helper()
	matches := slices.EqualFunc(a.Refused, want, func(got, prefix string) bool {
		return strings.HasPrefix(got, prefix) && len(got) > len(prefix)
	})
	if !matches {
		t.Errorf("refused %q, want %q", a.Refused, want)
	}
}
