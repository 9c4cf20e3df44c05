package machine

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/weirsec/weir/services/detector/rego/value"
)

// nativeHelper returns a function of the built-in library in Go, by its name in
// a plan; nil for all others.
func nativeHelper(name string) native {
	_, rule, ok := strings.Cut(name, ".data.tracee.helpers.")
	if !ok {
		return nil
	}
	switch rule {
	case "get_tracee_argument":
		return getArgument
	case "is_file_write":
		return flagged("o_wronly", "o_rdwr")
	case "is_file_read":
		return flagged("o_rdonly", "o_rdwr")
	case "is_elf_file":
		return isELF
	default:
		return nil
	}
}

// getArgument finds an argument of the event at hand. An event with two of the
// name, a name that may stand for one that is no UTF-8, and an input that is no
// event, are left to the Rego.
func getArgument(_ *Machine, args []value.Value) (value.Value, bool) {
	e := args[0].AsEvent()
	name, ok := args[2].Text()
	if e == nil || !ok || strings.ContainsRune(name, utf8.RuneError) {
		return value.Value{}, false
	}
	v, found, unique := e.Arg(name)
	if !unique {
		return value.Value{}, false
	}
	if !found {
		return value.Value{}, true
	}
	return v, true
}

// flagged reports whether open flags in words hold one of two, in any case.
func flagged(one, other string) native {
	return func(_ *Machine, args []value.Value) (value.Value, bool) {
		flags, ok := args[2].Text()
		if !ok || !ascii(flags) {
			return value.Value{}, false
		}
		return value.Bool(containsFold(flags, one) || containsFold(flags, other)), true
	}
}

// containsFold is strings.Contains for a text in any case; both are ASCII.
func containsFold(text, lower string) bool {
	for i := 0; i+len(lower) <= len(text); i++ {
		if strings.EqualFold(text[i:i+len(lower)], lower) {
			return true
		}
	}
	return false
}

// isELF reports whether bytes in base64 begin as an ELF file does; as in the
// Rego the first byte does not count.
func isELF(_ *Machine, args []value.Value) (value.Value, bool) {
	text, ok := args[2].Text()
	if !ok {
		return value.Value{}, false
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) < 4 || !ascii(string(raw)) {
		return value.Value{}, false
	}
	return value.Bool(strings.EqualFold(string(raw[1:4]), "elf")), true
}
