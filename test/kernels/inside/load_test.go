package inside

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/schemas/interest"
	"github.com/weirsec/weir/services/collector/hierarchy"
)

// expectation names the error that loading must end with; "" for none. Package
// kernels sets it for machines where something is missing.
const expectation = "WEIR_EXPECT_LOAD"

// cause names the error's cause by what bpf exports.
func cause(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, bpf.ErrNoBTF):
		return "ErrNoBTF"
	case errors.Is(err, bpf.ErrKernelTooOld):
		return "ErrKernelTooOld"
	case errors.Is(err, bpf.ErrLockdown):
		return "ErrLockdown"
	}
	return "unknown"
}

// Programs load, or the error names what is in the way; and each event says how
// it is observed, or why not.
func TestLoad(t *testing.T) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	t.Attr("release", unix.ByteSliceToString(u.Release[:]))
	groups, err := hierarchy.Find("/proc")
	if err != nil {
		t.Log(err)
	}
	p, err := bpf.Load(bpf.Options{UnifiedMount: groups.Unified})
	want, expects := os.LookupEnv(expectation)
	switch {
	case expects && cause(err) != want:
		t.Fatalf("error %q (%v), want %q", cause(err), err, want)
	case err != nil && !expects && !strings.Contains(os.Getenv("WEIR_REQUIRE"), "ebpf"):
		t.Skipf("eBPF does not work here: %v", err)
	case err != nil && !expects:
		t.Fatal(err)
	case err != nil:
		t.Attr("load", strings.ReplaceAll(err.Error(), "\n", " "))
		return
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	t.Attr("load", "ok")
	if err := p.SetInterest(interest.Of(interest.All)); err != nil {
		t.Error(err)
	}
	for _, a := range p.Attachments() {
		if len(a.Refused) > 0 {
			t.Logf("%s is refused %s", a.Event, strings.Join(a.Refused, "; "))
		}
		switch {
		case a.Attached:
			t.Attr("event:"+a.Event, a.Hook)
		case a.Reason == "":
			t.Errorf("%s is off without a reason", a.Event)
		default:
			t.Attr("event:"+a.Event, "off: "+a.Hook+": "+strings.ReplaceAll(a.Reason, "\n", " "))
		}
	}
}
