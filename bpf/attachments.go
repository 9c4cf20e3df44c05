package bpf

import (
	"strings"

	"github.com/weirsec/weir/schemas/catalogue"
)

// Attachments lists every event that the kernel programs make, by name.
func (p *Programs) Attachments() []Attachment {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []Attachment
	for _, e := range catalogue.Sorted() {
		if ofKernel(e) {
			list = append(list, p.attachment(e))
		}
	}
	return list
}

// ofKernel reports whether programs make the event.
func ofKernel(e *catalogue.Event) bool {
	if e.Hooks[len(e.Hooks)-1] == catalogue.SysExit {
		return e.Type != catalogue.EventFlood
	}
	for _, prog := range programs() {
		if prog.event == e.Type {
			return true
		}
	}
	return ofPackets(e.Type)
}

func (p *Programs) attachment(e *catalogue.Event) Attachment {
	if ofPackets(e.Type) {
		return p.packetAttachment(e)
	}
	a := Attachment{Event: e.Name}
	last := program{name: sysExit, hook: catalogue.SysExit}
	if e.Type == catalogue.SecurityBprmCheck {
		last = program{name: "weir_exec", hook: catalogue.Tracepoint}
	}
	bySyscall := e.Hooks[len(e.Hooks)-1] == catalogue.SysExit || e.Type == catalogue.SecurityBprmCheck
	for _, prog := range programs() {
		if prog.event != e.Type {
			continue
		}
		reason, refused := p.refused[prog.name]
		if !refused {
			a.Hook, a.Program = string(prog.hook), prog.name
			a.Attached = p.links[prog.name] != nil || prog.hook == catalogue.Iterator && p.wanted[e.Type]
			return a
		}
		a.Refused = append(a.Refused, string(prog.hook)+": "+reason)
	}
	if !bySyscall {
		a.Reason = "no hook"
		if n := len(a.Refused); n > 0 {
			a.Reason = a.Refused[n-1]
		}
		return a
	}
	a.Hook, a.Program = string(last.hook), last.name
	a.Attached = p.links[last.name] != nil && p.wanted[e.Type]
	if reason, refused := p.refused[last.name]; refused {
		a.Attached, a.Reason = false, reason
		return a
	}
	if list := feeders()[e.Type]; list != nil {
		p.tellFeeder(&a, list)
	}
	return a
}

// tellFeeder adds what is known of the programs that note what an event needs.
// Where the kernel takes none of them, the event says less than it should and may
// be of what is none: it does not count as attached.
func (p *Programs) tellFeeder(a *Attachment, list []program) {
	for _, prog := range list {
		reason, refused := p.refused[prog.name]
		if !refused {
			a.Attached = a.Attached && p.links[prog.name] != nil
			return
		}
		a.Refused = append(a.Refused, string(prog.hook)+": "+reason)
	}
	a.Attached = false
	a.Reason = "nothing can note what was before, so it is unknown in all that come (" + strings.Join(a.Refused, "; ") + ")"
}
