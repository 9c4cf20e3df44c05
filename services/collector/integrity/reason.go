package integrity

import (
	"runtime"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/schemas/catalogue"
)

// Explain adds to the list of events what keeps this package's from working, or
// which part of them.
func (s *Scanner) Explain(list []bpf.Attachment) {
	for i := range list {
		a := &list[i]
		event := catalogue.ByName(a.Event)
		if event == nil || event.Type != catalogue.HookedSyscall && event.Type != catalogue.HookedProcFops || a.Reason != "" {
			continue
		}
		where, err := s.symbols.layout()
		if event.Type == catalogue.HookedSyscall && err == nil {
			a.Refused = append(a.Refused, missingParts(where)...)
			if !where.table.known() && (!hasDispatcher || !where.dispatcher.known()) {
				err = ErrNoDispatch
			}
		}
		if err != nil {
			a.Attached, a.Reason = false, err.Error()
		}
	}
}

// missingParts says which of the two ways that syscalls go cannot be looked at.
func missingParts(where layout) []string {
	var list []string
	if !where.table.known() {
		list = append(list, "sys_call_table: none of the kernel's symbols (CONFIG_KALLSYMS_ALL)")
	}
	if runtime.GOARCH == "amd64" && !where.dispatcher.known() {
		list = append(list, "x64_sys_call: none of the kernel's symbols; older kernels call through the table")
	}
	return list
}
