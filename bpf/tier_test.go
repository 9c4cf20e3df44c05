package bpf

import (
	"testing"
	"time"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/interest"
)

// Each object loads where the kernel is new enough for it, whatever faster ones
// there are.
func TestTiers(t *testing.T) {
	load(t, Options{})
	for _, one := range tiers() {
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
