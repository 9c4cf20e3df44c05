package bpf

import (
	"github.com/weirsec/weir/schemas/catalogue"
)

// How the kernel program treats an argument; enum row_arg in headers/maps.h.
const (
	argNum = iota
	argText
	argTexts
	argSockaddr
	argOpenHow
	argSockaddrResult
	argBuffer
	argBufferResult
	argCloneArgs
)

// What comes behind the registers; enum row_extra.
const (
	extraNone = iota
	extraFile
	extraDir
	extraLocal
	extraRemote
	extraMessage
)

// Which records a row makes; enum row_on.
const (
	onRaw     = 1
	onDerived = 2
	onSkip    = 4
	onRoute   = 8
)

const (
	maxRegisters = 6
	// noPath is no argument's index.
	noPath = 0xff
	// routed is where the rows begin that a shared syscall number leads to.
	routed = 480
	// rows is how many there are.
	rows = 512
)

// kernelRow renders a syscall as the kernel program wants it, switched off.
func kernelRow(e *catalogue.Event) fastWeirRow {
	row := fastWeirRow{Raw: uint16(e.Type), Sysno: int16(e.ID), Derived: uint16(e.Derived), PathArg: noPath}
	if i := e.Arg(e.Path); i >= 0 {
		row.PathArg = uint8(i)
	}
	a := actionOf(e)
	row.Action, row.Variant = a.action, a.variant
	extras := 0
	for i, arg := range e.Args {
		if kind := extraOf(arg.From); kind != extraNone {
			row.Extra[extras].Kind, row.Extra[extras].Reg, row.Extra[extras].Arg = kind, arg.From.Register(), uint8(i)
			extras++
			continue
		}
		if i >= maxRegisters || arg.From == catalogue.UserStruct {
			continue
		}
		row.Nargs = uint8(i + 1)
		if kind := argOf(arg.From); kind != argNum {
			row.Args[i] = kind
			row.Memory |= 1 << i
		}
	}
	return row
}

func argOf(from catalogue.From) uint8 {
	switch from {
	case catalogue.Text:
		return argText
	case catalogue.Texts:
		return argTexts
	case catalogue.Sockaddr:
		return argSockaddr
	case catalogue.SockaddrResult:
		return argSockaddrResult
	case catalogue.Buffer:
		return argBuffer
	case catalogue.BufferResult:
		return argBufferResult
	case catalogue.OpenHow:
		return argOpenHow
	case catalogue.CloneArgs:
		return argCloneArgs
	default:
		return argNum
	}
}

func extraOf(from catalogue.From) uint8 {
	switch from.Way() {
	case catalogue.FilePath:
		return extraFile
	case catalogue.DirPath:
		return extraDir
	case catalogue.LocalAddr:
		return extraLocal
	case catalogue.RemoteAddr:
		return extraRemote
	case catalogue.MessageName:
		return extraMessage
	default:
		return extraNone
	}
}
