package integrity

import (
	"errors"
	"io"
)

var (
	// ErrHidden means that the kernel tells nobody without the right its
	// addresses.
	ErrHidden = errors.New("/proc/kallsyms shows no addresses: CAP_SYSLOG is missing, or kernel.kptr_restrict is 2")
	// ErrNoText means that the kernel's symbols do not say where its code is.
	ErrNoText = errors.New("/proc/kallsyms has no _stext and _etext")
	// ErrNoDispatch means that they do not say where syscalls go.
	ErrNoDispatch = errors.New("/proc/kallsyms has no sys_call_table (CONFIG_KALLSYMS_ALL is not set) and no x64_sys_call")
)

// layout is where things are in the kernel.
type layout struct {
	// text is the kernel's code, image all that it consists of; image is not
	// known where kallsyms has functions only.
	text, image span
	// table has the address of each syscall; dispatcher is the function that
	// calls them directly. Either may be unknown.
	table, dispatcher span
}

// readLayout finds it in /proc/kallsyms.
func readLayout(from io.Reader) (layout, error) {
	at := map[string]uint64{
		"_stext": 0, "_etext": 0, "_text": 0, "_end": 0, "sys_call_table": 0, "x64_sys_call": 0,
	}
	var all []uint64
	seen := false
	err := readSymbols(from, func(s symbol) {
		if s.module != "" {
			return
		}
		all = append(all, s.address)
		seen = seen || s.address != 0
		if _, wanted := at[s.name]; wanted {
			at[s.name] = s.address
		}
	})
	switch {
	case err != nil:
		return layout{}, err
	case !seen:
		return layout{}, ErrHidden
	case at["_stext"] == 0 || at["_etext"] <= at["_stext"]:
		return layout{}, ErrNoText
	}
	l := layout{
		text:       span{at["_stext"], at["_etext"]},
		table:      upToNext(at["sys_call_table"], all),
		dispatcher: upToNext(at["x64_sys_call"], all),
	}
	if at["_text"] != 0 && at["_end"] > at["_etext"] {
		l.image = span{at["_text"], at["_end"]}
	}
	return l, nil
}

// upToNext is what lies between an address and the next one that has a name.
func upToNext(address uint64, all []uint64) span {
	if address == 0 {
		return span{}
	}
	next := address
	for _, a := range all {
		if a > address && (next == address || a < next) {
			next = a
		}
	}
	return span{address, next}
}
