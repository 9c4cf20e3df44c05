package machine

import (
	"net"
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
	text string
	net  *net.IPNet
}

func newNetworks() *networks { return &networks{} }

func (n *networks) contains(_ *Machine, args []value.Value) (value.Value, bool) {
	text, address, ok := two(args)
	if !ok {
		return value.Value{}, false
	}
	known := n.last.Load()
	if known == nil || known.text != text {
		_, parsed, err := net.ParseCIDR(text)
		if err != nil {
			return value.Value{}, false
		}
		known = &network{string([]byte(text)), parsed}
		n.last.Store(known)
	}
	ip := net.ParseIP(address)
	if ip == nil {
		// A network in a network, or nonsense.
		return value.Value{}, false
	}
	return value.Bool(known.net.Contains(ip)), true
}
