package bpf

import "github.com/weirsec/weir/schemas/record"

// How the kernel program treats an argument; enum row_arg in headers/maps.h.
const (
	argNum = iota
	argText
	argTexts
	argSockaddr
	argOpenHow
)

// What it does besides; enum row_action.
const (
	actNone = iota
	actOpen
	actConnect
	actExec
	actSocketcall
)

// Which records a row makes; enum row_on.
const (
	onRaw     = 1
	onDerived = 2
	onSkip    = 4
)

// syscallRow describes one syscall under its x86-64 number, whatever the
// machine; numbers_*.go translate.
type syscallRow struct {
	sysno        int16
	raw, derived record.Type
	args         []uint8
	action       uint8
	flagsArg     uint8
}

// syscallRows is the table. A row without raw only gives its name to the
// events of processes (a fork's Syscall is "clone").
func syscallRows() []syscallRow {
	const file, sock = record.TypeSecurityFileOpen, record.TypeSecuritySocketConnect
	rows := []syscallRow{
		{2, record.TypeOpen, file, []uint8{argText, argNum, argNum}, actOpen, 1},
		{85, record.TypeCreat, file, []uint8{argText, argNum}, actOpen, 0},
		{257, record.TypeOpenat, file, []uint8{argNum, argText, argNum, argNum}, actOpen, 2},
		{437, record.TypeOpenat2, file, []uint8{argNum, argText, argOpenHow, argNum}, actOpen, 2},
		{59, record.TypeExecve, 0, []uint8{argText, argTexts, argTexts}, actExec, 0},
		{322, record.TypeExecveat, 0, []uint8{argNum, argText, argTexts, argTexts, argNum}, actExec, 0},
		{42, record.TypeConnect, sock, []uint8{argNum, argSockaddr, argNum}, actConnect, 0},
		{101, record.TypePtrace, 0, []uint8{argNum, argNum, argNum, argNum}, actNone, 0},
	}
	// clone, fork, vfork, exit, mkdir, rmdir, exit_group, mkdirat, unlinkat, clone3.
	for _, sysno := range []int16{56, 57, 58, 60, 83, 84, 231, 258, 263, 435} {
		rows = append(rows, syscallRow{sysno: sysno})
	}
	return rows
}

// syscallEvents names the events that the program at the end of syscalls makes.
func syscallEvents() []string {
	var names []string
	seen := map[record.Type]bool{0: true}
	for _, r := range syscallRows() {
		for _, t := range []record.Type{r.raw, r.derived} {
			if !seen[t] {
				seen[t] = true
				names = append(names, t.String())
			}
		}
	}
	return names
}

// kernelRow renders a row with what is wanted of it.
func (r syscallRow) kernelRow(wanted func(record.Type) bool) weirWeirRow {
	k := weirWeirRow{
		Raw: uint16(r.raw), Derived: uint16(r.derived), Sysno: r.sysno,
		Nargs: uint8(len(r.args)), Action: r.action, OpenFlagsArg: r.flagsArg,
	}
	copy(k.Args[:], r.args)
	if r.raw != 0 && wanted(r.raw) {
		k.On |= onRaw
	}
	if r.derived != 0 && wanted(r.derived) {
		k.On |= onDerived
	}
	return k
}

// socketcallRow counts the 32-bit connects that are not decoded.
func socketcallRow(wanted func(record.Type) bool) weirWeirRow {
	k := weirWeirRow{Raw: uint16(record.TypeConnect), Sysno: 42, Action: actSocketcall}
	if wanted(record.TypeConnect) || wanted(record.TypeSecuritySocketConnect) {
		k.On = onSkip
	}
	return k
}
