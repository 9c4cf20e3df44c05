package catalogue

import (
	"math"
	"strings"

	"github.com/weirsec/weir/schemas/event"
)

// Kind returns the kind of the argument's value; where it could not be read, the
// value is null instead.
func (a *Arg) Kind() event.Kind {
	switch a.From.Way() {
	case Text, FilePath, DirPath:
		return event.KindString
	case Texts, Program:
		return event.KindStrings
	case Buffer, BufferResult:
		return event.KindBytes
	case Sockaddr, SockaddrResult, MessageName, LocalAddr, RemoteAddr:
		return event.KindMap
	case Int32, Int64:
		return event.KindInt
	case Uint32, Uint64, OpenHow, CloneArgs:
		return event.KindUint
	}
	if strings.Contains(a.Type, "trace.") {
		return event.KindJSON
	}
	switch a.Type {
	case "const char*", "char*":
		return event.KindString
	case "struct sockaddr*", "map[string]string":
		return event.KindMap
	case "bool":
		return event.KindBool
	case "int", "long", "pid_t":
		return event.KindInt
	default:
		return event.KindUint
	}
}

// Range returns the smallest and the greatest value of an argument that is a
// number.
func (a *Arg) Range() (least int64, most uint64) {
	switch a.From.Way() {
	case Int32:
		return math.MinInt32, math.MaxInt32
	case Int64:
		return math.MinInt64, math.MaxInt64
	case Uint32:
		return 0, math.MaxUint32
	case Uint64, OpenHow, CloneArgs:
		return 0, math.MaxUint64
	}
	switch a.Type {
	case "int", "pid_t":
		return math.MinInt32, math.MaxInt32
	case "long":
		return math.MinInt64, math.MaxInt64
	case "u8":
		return 0, math.MaxUint8
	case "umode_t", "u16":
		return 0, math.MaxUint16
	case "u32", "dev_t":
		return 0, math.MaxUint32
	default:
		return 0, math.MaxUint64
	}
}
