package integrity

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/bpf"
)

func TestOwners(t *testing.T) {
	var all []symbol
	if err := readSymbols(strings.NewReader(kernelSymbols), func(s symbol) {
		if s.module != "" {
			all = append(all, s)
		}
	}); err != nil {
		t.Fatal(err)
	}
	o := owners{symbols: all, modules: []module{
		{"long", span{0xffffffffc0000000, 0xffffffffc0280000}},
		{"rootkit", span{0xffffffffc0200000, 0xffffffffc0204000}},
	}}
	for _, c := range []struct {
		address uint64
		want    owner
	}{
		{0xffffffffc0200000, owner{"rootkit", "hooked_kill"}},
		{0xffffffffc02000ff, owner{"rootkit", "hooked_kill"}},
		{0xffffffffc0200100, owner{"rootkit", "other"}},
		{0xffffffffc0203fff, owner{"rootkit", "other"}},
		{0xffffffffc0204000, owner{"long", ""}},
		{0xffffffffc0300000, owner{"bpf", "bpf_prog_6deef7357e7b4530"}},
		{0xffffffffc0300001, owner{hidden, ""}},
		{0xffffffffc0400000, owner{hidden, ""}},
		{1, owner{hidden, ""}},
	} {
		if got := o.of(c.address); got != c.want {
			t.Errorf("%#x belongs to %+v, want %+v", c.address, got, c.want)
		}
	}
}

func TestCheckTable(t *testing.T) {
	text := span{0xffffffff81000000, 0xffffffff82000000}
	names := func(n int32) string { return []string{"read", "write", "kill", "", "", ""}[n] }
	var memory []byte
	for _, address := range []uint64{
		text.start, text.end - 1, text.end, 0, 0xffffffffc0000000, 12345,
	} {
		memory = binary.LittleEndian.AppendUint64(memory, address)
	}
	want := []hook{{"kill", text.end}, {"syscall_4", 0xffffffffc0000000}}
	if got := checkTable(memory, text, names); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	// A syscall that leads into a process is hooked, whatever the address.
	low := binary.LittleEndian.AppendUint64(nil, 4096)
	if got := checkTable(low, text, names); !slices.Equal(got, []hook{{"read", 4096}}) {
		t.Errorf("%+v", got)
	}
	if got := checkTable(nil, text, names); got != nil {
		t.Errorf("%+v", got)
	}
	if got := checkTable(make([]byte, 8*maxSyscalls*2), text, syscallName); got != nil {
		t.Errorf("%+v", got)
	}
}

// branch is an instruction at an address that leads to another one.
func branch(opcode []byte, at, to uint64) []byte {
	next := at + uint64(len(opcode)) + 4
	return binary.LittleEndian.AppendUint32(opcode, uint32(int32(int64(to-next))))
}

func TestCheckDispatcher(t *testing.T) {
	const at = 0xffffffff81001000
	text := span{0xffffffff81000000, 0xffffffff82000000}
	const inside, outside = 0xffffffff81800000, 0xffffffffc0200000
	endbr := []byte{0xf3, 0x0f, 0x1e, 0xfa}
	compare := []byte{0x83, 0xfe, 0x3e} // cmp $0x3e, %esi
	build := func(parts ...func(uint64) []byte) []byte {
		var code []byte
		for _, part := range parts {
			code = append(code, part(at+uint64(len(code)))...)
		}
		return code
	}
	raw := func(b ...byte) func(uint64) []byte { return func(uint64) []byte { return b } }
	to := func(target uint64, opcode ...byte) func(uint64) []byte {
		return func(at uint64) []byte { return branch(slices.Clone(opcode), at, target) }
	}
	foreign := []hook{{dispatcher, outside}}
	for _, c := range []struct {
		name  string
		code  []byte
		want  []hook
		stops string
	}{
		{"clean", build(raw(endbr...), raw(compare...), to(inside, 0x0f, 0x84), to(inside, 0xe9), raw(0xcc)), nil, ""},
		{"jump", build(raw(endbr...), raw(compare...), to(inside, 0x0f, 0x84), to(outside, 0xe9)), foreign, ""},
		{"conditional jump", build(raw(compare...), to(outside, 0x0f, 0x84), raw(0xc3)), foreign, ""},
		{"call", build(raw(compare...), to(outside, 0xe8), raw(0xc3)), foreign, ""},
		{"twice the same", build(raw(compare...), to(outside, 0xe8), to(outside, 0xe9)), foreign, ""},
		{"after padding", build(raw(0xc3, 0xcc, 0xcc), to(outside, 0xe9)), foreign, ""},
		{"traced", build(to(outside, 0xe8), raw(0xc3)), nil, ""},
		{"traced behind the mark", build(raw(endbr...), to(outside, 0xe8), raw(0xc3)), nil, ""},
		{"replaced from the start", build(raw(endbr...), to(outside, 0xe9)), foreign, ""},
		{"behind a breakpoint", build(raw(compare...), raw(0xcc), to(outside, 0xe9)), nil, "x64_sys_call+0x3: a breakpoint"},
		{"a breakpoint first", build(raw(0xcc), to(outside, 0xe9)), nil, "x64_sys_call+0x0: a breakpoint"},
		{"cut off", build(raw(compare...), raw(0xe9, 0x01)), nil, ""},
		{"no instruction", build(raw(slices.Repeat([]byte{0x06}, 20)...), to(outside, 0xe9), raw(slices.Repeat([]byte{0x90}, 20)...)), nil, "x64_sys_call+0x0: "},
		{"nothing", nil, nil, ""},
	} {
		got, err := checkDispatcher(c.code, at, text)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if (err == nil) != (c.stops == "") || err != nil && !strings.HasPrefix(err.Error(), c.stops) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.stops)
		}
	}
}

func TestCheckOperations(t *testing.T) {
	where := layout{text: span{100, 200}, image: span{100, 400}}
	clean := bpf.FileOperations{Table: 300, IterateShared: 150, Magic: unix.PROC_SUPER_MAGIC}
	for _, c := range []struct {
		name   string
		change func(*bpf.FileOperations)
		want   string
	}{
		{"clean", func(*bpf.FileOperations) {}, "[]"},
		{"no listing", func(o *bpf.FileOperations) { o.IterateShared = 0 }, "[]"},
		{"listing", func(o *bpf.FileOperations) { o.IterateShared = 500 }, "[{iterate_shared 500}]"},
		{"in the kernel, but no code", func(o *bpf.FileOperations) { o.IterateShared = 200 }, "[{iterate_shared 200}]"},
		{"older", func(o *bpf.FileOperations) { o.Iterate = 99 }, "[{iterate 99}]"},
		{"table", func(o *bpf.FileOperations) { o.Table = 400 }, "[{struct file_operations pointer 400}]"},
		{
			"all", func(o *bpf.FileOperations) {
				*o = bpf.FileOperations{Table: 400, IterateShared: 500, Iterate: 600, Magic: unix.PROC_SUPER_MAGIC}
			},
			"[{struct file_operations pointer 400} {iterate_shared 500} {iterate 600}]",
		},
		{"another file system", func(o *bpf.FileOperations) { o.IterateShared, o.Magic = 500, 1 }, "[]"},
	} {
		ops := clean
		c.change(&ops)
		if got := fmt.Sprint(checkOperations(ops, where)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	unknown := layout{text: where.text}
	if got := checkOperations(bpf.FileOperations{Table: 9, IterateShared: 150, Magic: unix.PROC_SUPER_MAGIC}, unknown); got != nil {
		t.Errorf("%+v, and the kernel's end is not known", got)
	}
}

func FuzzCheckDispatcher(f *testing.F) {
	f.Add([]byte{0xf3, 0x0f, 0x1e, 0xfa, 0xe9, 1, 2, 3, 4, 0xcc}, uint64(0xffffffff81001000))
	f.Fuzz(func(t *testing.T, code []byte, at uint64) {
		text := span{0xffffffff81000000, 0xffffffff82000000}
		found, _ := checkDispatcher(code, at, text)
		for _, h := range found {
			if text.holds(h.address) {
				t.Fatalf("%+v", h)
			}
		}
	})
}
