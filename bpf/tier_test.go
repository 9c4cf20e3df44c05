package bpf

import (
	"testing"
	"time"

	"github.com/cilium/ebpf/btf"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/interest"
)

// The fastest object that the kernel takes is used, and all slower ones would
// load, too.
func TestTiers(t *testing.T) {
	t.Attr("tier", load(t, Options{}).Tier())
	k, err := running()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range tiers() {
		if lack := one.missing(btf.NewCache()); k.atLeast(since(one.name)) == (lack != "") {
			t.Errorf("of what object %s needs, %q is missing", one.name, lack)
		}
		if !k.atLeast(since(one.name)) {
			continue
		}
		t.Run(one.name, func(t *testing.T) {
			p := newPrograms()
			p.unified = unifiedRoot(t)
			t.Cleanup(func() { _ = p.Close() })
			spec, err := one.spec()
			if err != nil {
				t.Fatal(err)
			}
			if err := configure(spec, Options{}.withDefaults()); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if err := p.loadBase(spec); err != nil {
				t.Fatalf("%+v", err)
			}
			t.Logf("loaded in %s", time.Since(began))
			p.preparePackets()
			if err := p.SetInterest(interest.Of(interest.All)); err != nil {
				t.Error(err)
			}
			for _, a := range p.Attachments() {
				t.Logf("%+v", a)
				if ofPackets(catalogue.ByName(a.Event).Type) && p.unified != "" && (!a.Attached || a.Refused != nil) {
					t.Errorf("%+v", a)
				}
			}
		})
	}
}

// since is the kernel that takes a tier.
func since(tier string) (major, minor int) {
	switch tier {
	case "fast":
		return 6, 2
	case "typed":
		return 5, 15
	default:
		return 5, 10
	}
}
