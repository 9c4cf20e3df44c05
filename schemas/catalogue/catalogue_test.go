package catalogue

import (
	"regexp"
	"slices"
	"testing"
)

func TestEventsAreWhole(t *testing.T) {
	ids, names := map[int32]string{}, map[string]bool{}
	technique := regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)
	for e := range All() {
		if e.Name == "" || e.Doc == "" || e.Class < Critical || e.Class > Low || len(e.Hooks) == 0 {
			t.Errorf("%+v is not whole", e)
		}
		if other, double := ids[e.ID]; double || names[e.Name] {
			t.Errorf("%s and %s share id %d or name", e.Name, other, e.ID)
		}
		ids[e.ID], names[e.Name] = e.Name, true
		if e.Type.Event() != e || e.Type.String() != e.Name || ByName(e.Name) != e {
			t.Errorf("%s is not found", e.Name)
		}
		if e.Type.Priority() != (e.Class == Critical) {
			t.Errorf("%s is of class %s and has number %d", e.Name, e.Class, e.Type)
		}
		if e.Path != "" && e.Arg(e.Path) < 0 {
			t.Errorf("%s has no argument %s", e.Name, e.Path)
		}
		for _, text := range e.Techniques {
			if !technique.MatchString(text) {
				t.Errorf("%s: technique %q", e.Name, text)
			}
		}
		if shape := e.Shape(); shape.Name != e.Name || shape.ID != e.ID || len(shape.Args) != len(e.Args) {
			t.Errorf("%s has shape %+v", e.Name, shape)
		}
	}
	if len(ids) < 120 || len(Names()) != len(ids) || !slices.IsSorted(Names()) || len(Sorted()) != len(ids) {
		t.Errorf("%d events, %d names", len(ids), len(Names()))
	}
}

// The kernel's table has six registers and two further places for a syscall.
func TestSyscallsFitTheTable(t *testing.T) {
	for e := range All() {
		if !e.IsSyscall() {
			if e.Syscall.AMD64 != 0 {
				t.Errorf("%s has a number", e.Name)
			}
			continue
		}
		extras := 0
		args := map[string]bool{}
		for i, a := range e.Args {
			if args[a.Name] || a.Name == "" || a.Type == "" {
				t.Errorf("%s has argument %q twice, or without name or type", e.Name, a.Name)
			}
			args[a.Name] = true
			switch way := a.From.Way(); {
			case way >= MessageName && way <= RemoteAddr:
				extras++
			case way == UserStruct:
			case i >= 6 || extras > 0:
				t.Errorf("%s: argument %s is no register", e.Name, a.Name)
			case way == Kernel || way >= Descriptor:
				t.Errorf("%s: a syscall has no argument like %s", e.Name, a.Name)
			}
			needsNext := a.From == Sockaddr || a.From == SockaddrResult || a.From == Buffer
			if needsNext && (i+1 >= len(e.Args) || !e.Args[i+1].From.IsRegister()) {
				t.Errorf("%s: %s has no length behind it", e.Name, a.Name)
			}
		}
		if extras > 2 {
			t.Errorf("%s has %d further places", e.Name, extras)
		}
		if int32(e.Syscall.AMD64) != e.ID || SyscallName(e.ID) != e.Name {
			t.Errorf("%s has id %d, which is %s", e.Name, e.ID, SyscallName(e.ID))
		}
		if e.Derived != 0 && !slices.Contains(e.Derived.Event().Hooks, SysExit) {
			t.Errorf("%s makes %s, which is not made at a syscall's end", e.Name, e.Derived)
		}
	}
}

func TestNumbersAreUnique(t *testing.T) {
	tables := map[string]map[int16]string{"amd64": {}, "arm64": {}, "i386": {}, "arm": {}}
	for e := range All() {
		if !e.IsSyscall() {
			continue
		}
		n := e.Syscall
		for table, list := range map[string][]int16{"amd64": {n.AMD64}, "arm64": {n.ARM64}, "i386": n.I386, "arm": n.ARM} {
			for _, nr := range list {
				if nr == -1 {
					continue
				}
				if other, double := tables[table][nr]; double {
					t.Errorf("%s: %s and %s share number %d", table, e.Name, other, nr)
				}
				tables[table][nr] = e.Name
			}
		}
	}
}

func TestFrom(t *testing.T) {
	for _, c := range []struct {
		from    From
		words   string
		racy    bool
		pointed uint8
	}{
		{Int32, "register", false, 0},
		{OpenHow, "register", false, 0},
		{Text, "user memory", true, 0},
		{UserStruct, "user memory", true, 0},
		{messageName, "user memory", true, 1},
		{filePath(3), "descriptor", true, 3},
		{dirPath(0), "descriptor", true, 0},
		{dirPath(cwd), "kernel", false, 255},
		{remoteAddr(result), "descriptor", true, 254},
		{Descriptor, "descriptor", true, 0},
		{HookOrDescriptor, "kernel or descriptor", true, 0},
		{HookOrMemory, "kernel or user memory", true, 0},
		{Program, "new program", false, 0},
		{RuntimeAPI, "runtime", false, 0},
		{BufferResult, "user memory", true, 0},
		{CloneArgs, "register", false, 0},
		{Uint64, "register", false, 0},
		{Kernel, "kernel", false, 0},
	} {
		if c.from.String() != c.words || c.from.Racy() != c.racy || c.from.Register() != c.pointed {
			t.Errorf("%x: %q, racy %v, register %d", uint16(c.from), c.from, c.from.Racy(), c.from.Register())
		}
	}
}

func TestUnknown(t *testing.T) {
	for _, typ := range []Type{0, MaxType - 1, MaxType, ^Type(0)} {
		if typ.Event() != nil || typ.String() != "" {
			t.Errorf("type %d is %q", typ, typ)
		}
	}
	if ByName("no_such_event") != nil || SyscallName(-1) != "" || SyscallName(1<<20) != "" || SyscallName(400) != "" {
		t.Error("something is found that is not there")
	}
}
