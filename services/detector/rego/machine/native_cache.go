package machine

import (
	"net/netip"
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// patterns remembers the last regular expression of one place in a policy,
// where it hardly ever changes. It is shared by all Machines.
type patterns struct{ last atomic.Pointer[regexp.Regexp] }

func newPatterns() *patterns { return &patterns{} }

func (p *patterns) match(_ *Machine, args []value.Value) (value.Value, bool) {
	pattern, text, ok := two(args)
	if !ok {
		return value.Value{}, false
	}
	compiled := p.last.Load()
	if compiled == nil || compiled.String() != pattern {
		var err error
		if compiled, err = regexp.Compile(strings.Clone(pattern)); err != nil {
			return value.Value{}, false
		}
		p.last.Store(compiled)
	}
	return value.Bool(compiled.MatchString(text)), true
}

// networks remembers the last network of one place in a policy.
type networks struct{ last atomic.Pointer[network] }

type network struct {
	text   string
	prefix netip.Prefix
}

func newNetworks() *networks { return &networks{} }

// contains is for one address in a network; networks in networks and addresses
// that are none are left to OPA.
func (n *networks) contains(_ *Machine, args []value.Value) (value.Value, bool) {
	text, address, ok := two(args)
	if !ok {
		return value.Value{}, false
	}
	known := n.last.Load()
	if known == nil || known.text != text {
		prefix, err := netip.ParsePrefix(text)
		if err != nil || prefix.Addr().Is4In6() {
			return value.Value{}, false
		}
		known = &network{strings.Clone(text), prefix.Masked()}
		n.last.Store(known)
	}
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Zone() != "" {
		return value.Value{}, false
	}
	return value.Bool(known.prefix.Contains(ip.Unmap())), true
}
