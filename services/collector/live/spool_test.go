package live

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestSpoolFlags(t *testing.T) {
	for _, c := range []struct {
		args []string
		want Spool
		err  string
	}{
		{nil, Spool{Bytes: DefaultSpool}, ""},
		{[]string{"--spool-bytes", "512MiB", "--spool-dir", "/x"}, Spool{Dir: "/x", Bytes: 512 << 20}, ""},
		{[]string{"--spool-bytes", "0"}, Spool{}, ""},
		{[]string{"--spool-bytes", "much"}, Spool{}, "want a size such as 512MiB"},
		{[]string{"--spool-bytes", "16EiB"}, Spool{}, "want a size such as 512MiB"},
	} {
		var s Spool
		flags := pflag.NewFlagSet("weir-collector", pflag.ContinueOnError)
		s.Register(flags, DefaultSpool, "somewhere")
		err := flags.Parse(c.args)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%v: error %v", c.args, err)
		}
		if err == nil && s != c.want {
			t.Errorf("%v: %+v, want %+v", c.args, s, c.want)
		}
	}
}

func TestOpenSpool(t *testing.T) {
	m := new(Machine)
	if keep, err := m.OpenSpool(Spool{}, nil); m.spool != nil || keep != nil || err != nil {
		t.Errorf("off: %v, %v", keep, err)
	}
	if _, err := m.OpenSpool(Spool{Dir: "/proc/weir", Bytes: DefaultSpool}, nil); err == nil ||
		!strings.Contains(err.Error(), "cannot spool to /proc/weir") {
		t.Errorf("error %v", err)
	}
	dir := filepath.Join(t.TempDir(), "spool")
	keep, err := m.OpenSpool(Spool{Dir: dir, Bytes: DefaultSpool}, nil)
	if err != nil || m.spool == nil {
		t.Fatal(err)
	}
	if len(keep) != 0 {
		t.Errorf("rights are kept for a directory of one's own: %v", keep)
	}
	if err := m.spool.Close(); err != nil {
		t.Error(err)
	}
}
