package tracee

import (
	"math"
	"strings"

	"github.com/aquasecurity/tracee/types/trace"

	"github.com/weirsec/weir/schemas/event"
)

// width is the Go type that a number has in Tracee.
type width uint8

const (
	widthUnknown width = iota
	widthInt8
	widthInt16
	widthInt32
	widthInt64
	widthUint8
	widthUint16
	widthUint32
	widthUint64
	widthPointer
	widthFloat
	widthDouble
)

// widthOf knows both vocabularies: Go's names, and C's as Tracee read them up
// to v0.23.
func widthOf(typ string) width {
	switch typ {
	case "int8":
		return widthInt8
	case "int16", "short":
		return widthInt16
	case "int32", "int", "pid_t", "uid_t", "gid_t", "clockid_t", "const clockid_t", "timer_t", "mqd_t", "key_t",
		"key_serial_t", "landlock_rule_type", "old_uid_t", "old_gid_t":
		return widthInt32
	case "int64", "long", "long long":
		return widthInt64
	case "uint8", "u8":
		return widthUint8
	case "uint16", "u16", "unsigned short", "umode_t":
		return widthUint16
	case "uint32", "u32", "unsigned int", "dev_t", "mode_t":
		return widthUint32
	case "uint64", "u64", "unsigned long", "unsigned long long", "size_t", "off_t":
		return widthUint64
	case "trace.Pointer":
		return widthPointer
	case "float":
		return widthFloat
	case "double", "float64":
		return widthDouble
	}
	if strings.HasSuffix(typ, "*") {
		return widthPointer
	}
	return widthUnknown
}

// number returns a number with the Go type of w. One that does not fit, or whose
// type is not known, has 64 bits: its value matters more than its type.
func number(v event.Value, w width, words bool) any {
	if v.Kind() == event.KindFloat {
		if w == widthFloat {
			return float32(v.Float())
		}
		return v.Float()
	}
	n, signed := v.Int()
	u, unsigned := v.Uint()
	switch {
	case w == widthFloat && signed:
		return float32(n)
	case w == widthDouble && signed:
		return float64(n)
	case w == widthPointer && unsigned && !words:
		return trace.Pointer(u)
	case (w == widthUint64 || w == widthPointer) && unsigned:
		return u
	case !signed:
		return u
	}
	return narrow(n, w)
}

// narrow returns a whole number with the Go type of w where it fits.
func narrow(n int64, w width) any {
	switch {
	case w == widthInt8 && n >= math.MinInt8 && n <= math.MaxInt8:
		return int8(n)
	case w == widthInt16 && n >= math.MinInt16 && n <= math.MaxInt16:
		return int16(n)
	case w == widthInt32 && n >= math.MinInt32 && n <= math.MaxInt32:
		return int32(n)
	case w == widthUint8 && n >= 0 && n <= math.MaxUint8:
		return uint8(n)
	case w == widthUint16 && n >= 0 && n <= math.MaxUint16:
		return uint16(n)
	case w == widthUint32 && n >= 0 && n <= math.MaxUint32:
		return uint32(n)
	default:
		return n
	}
}

// typeName returns a type in the vocabulary that goes with words or numbers;
// one that has no name there stays.
func typeName(typ string, words bool) string {
	if words {
		return nameInC(typ)
	}
	return nameInGo(typ)
}

func nameInC(typ string) string {
	switch typ {
	case "int16":
		return "short"
	case "int32":
		return "int"
	case "int64":
		return "long"
	case "uint8":
		return "u8"
	case "uint16":
		return "u16"
	case "uint32":
		return "unsigned int"
	case "uint64":
		return "unsigned long"
	case "string":
		return "const char*"
	case "[]string":
		return "const char*const*"
	case "SockAddr":
		return "struct sockaddr*"
	case "trace.Pointer":
		return "void*"
	default:
		return typ
	}
}

func nameInGo(typ string) string {
	switch typ {
	case "const char*", "const char *", "char*", "char *":
		return "string"
	case "const char*const*", "const char**":
		return "[]string"
	case "struct sockaddr*":
		return "SockAddr"
	}
	switch widthOf(typ) {
	case widthInt8:
		return "int8"
	case widthInt16:
		return "int16"
	case widthInt32:
		return "int32"
	case widthInt64:
		return "int64"
	case widthUint8:
		return "uint8"
	case widthUint16:
		return "uint16"
	case widthUint32:
		return "uint32"
	case widthUint64:
		return "uint64"
	case widthPointer:
		return "trace.Pointer"
	case widthFloat:
		return "float"
	case widthDouble:
		return "float64"
	default:
		return typ
	}
}
