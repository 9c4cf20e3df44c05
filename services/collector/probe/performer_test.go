package probe

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/collector/hierarchy"
)

// expected is an event as the one who caused it knows that it must be.
type expected struct {
	Where, Event string
	// Args are the JSON texts of all arguments.
	Args    map[string]string
	Ret     int64
	Syscall string
	// Hook is where it must be seen; "" for where Attachments says.
	Hook   string
	Compat bool
	// Absent says that there must be no event with these arguments.
	Absent bool
	// ByRing says that an io_uring did it: where the kernel has no hook of its
	// own for the event, it is seen at a tracepoint. AnyThread says that another
	// thread of the process may have done the work.
	ByRing, AnyThread bool
	// OnlyAtExit says that the kernel does not come to its own hook.
	OnlyAtExit bool
	Facts      facts
	// missing says that the machine has no such syscall.
	missing bool
	// keptArgs are arguments that are known when a program has run.
	keptArgs []keptArg
}

// performer carries out the cases, in the child, and notes what must be seen.
type performer struct {
	where  string
	groups groups
	memory []byte
	used   int
	dir    string
	list   []*expected
	err    error
}

const arena = 1 << 20

// newPerformer stays on its thread, and passes memory that does not move.
func newPerformer(where, dir string) (*performer, error) {
	runtime.LockOSThread()
	memory, err := unix.Mmap(-1, 0, arena, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	main, err := hierarchy.Find("/proc")
	if err != nil {
		return nil, err
	}
	p := &performer{where: where, memory: memory, dir: dir, groups: groups{main: main}}
	if _, err := os.Stat("/sys/fs/cgroup/unified/cgroup.procs"); err == nil {
		p.groups.unified = hierarchy.Hierarchy{Mount: "/sys/fs/cgroup/unified"}
	}
	return p, os.Chdir(dir)
}

// put copies bytes to memory that can be passed to a syscall.
func (p *performer) put(b []byte) uintptr {
	at := (p.used + 15) &^ 15
	p.used = at + len(b)
	copy(p.memory[at:], b)
	return uintptr(unsafe.Pointer(&p.memory[0])) + uintptr(at)
}

func (p *performer) text(s string) uintptr { return p.put(append([]byte(s), 0)) }

func (p *performer) texts(list []string) uintptr {
	var array []byte
	for _, s := range list {
		array = binary.LittleEndian.AppendUint64(array, uint64(p.text(s)))
	}
	return p.put(append(array, make([]byte, 8)...))
}

// at returns n bytes that a syscall wrote.
func (p *performer) at(addr uintptr, n int) []byte {
	off := int(addr - uintptr(unsafe.Pointer(&p.memory[0])))
	return p.memory[off : off+n]
}

// words are numbers of 64 bits one after the other.
func words(list ...uint64) (b []byte) {
	for _, n := range list {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	return b
}

func halfWords(list ...uint32) (b []byte) {
	for _, n := range list {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b
}

// genericOnly is the variable that makes a performer do without the syscalls that
// only older architectures have.
const genericOnly = "WEIR_TEST_GENERIC"

// nativeNumber is the syscall's number on this machine, -1 for none.
func nativeNumber(e *catalogue.Event) int {
	if os.Getenv(genericOnly) != "" && e.Syscall.ARM64 < 0 {
		return -1
	}
	if runtime.GOARCH == "arm64" {
		return int(e.Syscall.ARM64)
	}
	return int(e.Syscall.AMD64)
}

// call performs the syscall that a catalogue event is the end of. Texts, lists,
// addresses and buffers are passed as pointers. It returns the event that must
// come; further arguments are added to that with with.
func (p *performer) call(name string, args ...any) *expected {
	kind := catalogue.ByName(name)
	e := &expected{Where: p.where, Event: name, Syscall: name, Args: map[string]string{}}
	nr := nativeNumber(kind)
	if nr < 0 {
		e.Ret, e.missing = -int64(unix.ENOSYS), true
		return e
	}
	var r [6]uintptr
	for i, a := range args {
		var v event.Value
		r[i], v = p.argument(kind.Args[i].Type, a)
		e.Args[kind.Args[i].Name] = v.String()
	}
	ret, _, errno := unix.Syscall6(uintptr(nr), r[0], r[1], r[2], r[3], r[4], r[5])
	e.Ret = int64(ret)
	if errno != 0 {
		e.Ret = -int64(errno)
	}
	p.note(e)
	return e
}

// note keeps an expectation, with the facts as they are now: contexts tell how a
// thread is at the end of a syscall.
func (p *performer) note(e *expected) {
	f, err := ownFacts("/proc/thread-self/", p.groups)
	if err != nil && p.err == nil {
		p.err = fmt.Errorf("%s: %s: %w", p.where, e.Event, err)
	}
	e.Facts = f
	p.list = append(p.list, e)
}

// buffer and sockaddr are arguments that are passed by their address and seen by
// their content.
type buffer []byte

type sockaddr struct {
	raw  []byte
	want []string
}

// argument turns an argument into the register and what must be told of it.
func (p *performer) argument(ctype string, a any) (uintptr, event.Value) {
	switch a := a.(type) {
	case string:
		return p.text(a), event.String(a)
	case []string:
		return p.texts(a), event.Strings(a)
	case buffer:
		return p.put(a), event.Bytes(string(a[:min(len(a), 128)]))
	case sockaddr:
		return p.put(a.raw), event.Map(a.want...)
	case nil:
		if slices.Contains([]string{"const char*", "struct sockaddr*", "char*"}, ctype) {
			return 0, event.Value{}
		}
		return 0, event.Uint(0)
	case uintptr:
		return a, number64(ctype, uint64(a))
	case int:
		return uintptr(a), number64(ctype, uint64(a))
	case int64:
		return uintptr(a), number64(ctype, uint64(a))
	}
	panic(fmt.Sprintf("no argument can be a %T", a))
}

// number64 is a register as its C type has it: the kernel looks at no more bits
// than those.
func number64(ctype string, raw uint64) event.Value {
	switch ctype {
	case "int", "pid_t", "s32", "key_serial_t", "const clockid_t", "clockid_t":
		return event.Int(int64(int32(raw)))
	case "long", "off_t":
		return event.Int(int64(raw))
	case "unsigned int", "mode_t", "uid_t", "gid_t", "u32", "dev_t":
		return event.Uint(uint64(uint32(raw)))
	default:
		return event.Uint(raw)
	}
}

// with adds what must be told besides the registers, or instead of one.
func (e *expected) with(name string, v event.Value) *expected {
	e.Args[name] = v.String()
	return e
}

func (e *expected) path(name, path string) *expected { return e.with(name, event.String(path)) }

// none says that arguments must be null.
func (e *expected) none(names ...string) *expected {
	for _, name := range names {
		e.Args[name] = event.Value{}.String()
	}
	return e
}

// fails checks, in the child, that a case is what it is meant to be.
func (p *performer) fails(e *expected, allowed ...unix.Errno) {
	if !slices.Contains(allowed, unix.Errno(-e.Ret)) && p.err == nil && !e.missing {
		p.err = fmt.Errorf("%s: %s returned %d, want one of %d", p.where, e.Event, e.Ret, allowed)
	}
}

// works says that the call must succeed and returns its result.
func (p *performer) works(e *expected) int {
	if e.Ret < 0 && e.Ret > -4096 && p.err == nil && !e.missing {
		p.err = fmt.Errorf("%s: %s: %w", p.where, e.Event, unix.Errno(-e.Ret))
	}
	return int(e.Ret)
}

// derived expects an event that a syscall leads to.
func (p *performer) derived(name string, of *expected) *expected {
	e := &expected{Where: of.Where, Event: name, Syscall: of.Syscall, Ret: of.Ret, Args: map[string]string{}, Facts: of.Facts}
	if !of.missing {
		p.list = append(p.list, e)
	}
	return e
}

// never says that a call leads to no event of a name, which could only have
// this argument.
func (p *performer) never(name string, of *expected, arg string, v event.Value) {
	e := p.derived(name, of).with(arg, v)
	e.Absent = true
}

// report writes all that is expected to the file that the parent passed.
func (p *performer) report() error {
	if p.err != nil {
		return p.err
	}
	return json.NewEncoder(os.NewFile(3, "report")).Encode(p.list)
}
