package bpf

import "github.com/weirsec/weir/schemas/catalogue"

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
	}
	return a
}
