package integrity

import (
	"errors"
	"os"
	"strings"
	"testing"
)

const kernelSymbols = `0000000000000000 A fixed_percpu_data
ffffffff81000000 T _stext
ffffffff81000000 T _text
ffffffff81001000 T x64_sys_call
ffffffff81002000 T __x64_sys_kill
ffffffff82000000 T _etext
ffffffff82100000 D sys_call_table
ffffffff82100010 d behind
ffffffff83000000 B _end
ffffffffc0200000 t hooked_kill	[rootkit]
ffffffffc0200100 t other	[rootkit]
ffffffffc0300000 t bpf_prog_6deef7357e7b4530	[bpf]
ffffffffc0100000 T sys_call_table	[liar]
`

func TestReadLayout(t *testing.T) {
	got, err := readLayout(strings.NewReader(kernelSymbols))
	want := layout{
		text: span{0xffffffff81000000, 0xffffffff82000000}, image: span{0xffffffff81000000, 0xffffffff83000000},
		table: span{0xffffffff82100000, 0xffffffff82100010}, dispatcher: span{0xffffffff81001000, 0xffffffff81002000},
	}
	if err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	functions, err := readLayout(strings.NewReader("ffffffff81000000 T _stext\nffffffff82000000 T _etext\n"))
	if err != nil || functions.table.known() || functions.dispatcher.known() || functions.image.known() || !functions.text.known() {
		t.Errorf("%+v, %v", functions, err)
	}
	for _, c := range []struct {
		name, text string
		want       error
		says       string
	}{
		{"no rights", "0000000000000000 T _stext\n0000000000000000 T _etext\n", ErrHidden, "CAP_SYSLOG"},
		{"nothing", "", ErrHidden, "CAP_SYSLOG"},
		{"no end", "ffffffff81000000 T _stext\n", ErrNoText, "_etext"},
		{"backwards", "ffffffff81000000 T _etext\nffffffff82000000 T _stext\n", ErrNoText, "_etext"},
		{"no address", "what T _stext\n", nil, `line 1: want an address, a type and a name: "what T _stext"`},
		{"no name", "ffffffff81000000 T a\nffffffff81000000 T\n", nil, "line 2"},
		{"endless", strings.Repeat("x", 1<<17), nil, "line 1"},
	} {
		_, err := readLayout(strings.NewReader(c.text))
		if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestReadModules(t *testing.T) {
	list, err := readModules(strings.NewReader(
		"nf_tables 303104 12 nft_compat,nft_chain_nat, Live 0xffffffffc0a00000\nrootkit 16384 0 - Live 0xffffffffc0200000 (OE)\n"))
	if err != nil || len(list) != 2 || list[1] != (module{"rootkit", span{0xffffffffc0200000, 0xffffffffc0204000}}) || list[0].name != "nf_tables" {
		t.Errorf("%+v, %v", list, err)
	}
	for _, text := range []string{
		"short 1\n", "m x 0 - Live 0xff\n", "m 1 0 - Live 0xgg\n", "m 2 0 - Live 0xffffffffffffffff\n",
	} {
		if _, err := readModules(strings.NewReader("m 1 0 - Live 0x10\n" + text)); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// The lists of the machine that runs the test can be read.
func TestThisMachine(t *testing.T) {
	s, err := openSymbols("/proc")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	where, err := s.layout()
	switch {
	case errors.Is(err, os.ErrNotExist) || errors.Is(err, ErrHidden):
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	if where.text.size() < 1<<20 || where.text.size() > 1<<28 || where.image.known() && !where.image.holds(where.text.start) {
		t.Errorf("%+v", where)
	}
	whose, err := s.owners()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range whose.modules {
		if got := whose.of(m.memory.start); got.module != m.name {
			t.Errorf("the first byte of %s belongs to %s", m.name, got.module)
		}
	}
}

// Each call reads the lists anew.
func TestSymbolsAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("kallsyms", kernelSymbols)
	write("modules", "")
	s, err := openSymbols(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.close() }()
	for module, want := range map[string]owner{
		"": {module: hidden}, "rootkit 16384 0 - Live 0xffffffffc0200000\n": {module: "rootkit", function: "hooked_kill"},
	} {
		write("modules", module)
		o, err := s.owners()
		if got := o.of(0xffffffffc0200004); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	write("modules", "nonsense\n")
	if _, err := s.owners(); err == nil || !strings.Contains(err.Error(), "modules: line 1") {
		t.Errorf("%v", err)
	}
}

func TestWithoutKallsyms(t *testing.T) {
	s, err := openSymbols(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.layout(); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := s.owners(); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
}

func FuzzReadLayout(f *testing.F) {
	f.Add(kernelSymbols)
	f.Add("ffffffff81000000 T _stext\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := readLayout(strings.NewReader(text))
		if err == nil && (!l.text.known() || l.table.end < l.table.start || l.dispatcher.end < l.dispatcher.start) {
			t.Fatalf("%+v", l)
		}
	})
}

func FuzzReadModules(f *testing.F) {
	f.Add("rootkit 16384 0 - Live 0xffffffffc0200000 (OE)\n", uint64(0xffffffffc0200000))
	f.Fuzz(func(t *testing.T, text string, address uint64) {
		list, err := readModules(strings.NewReader(text))
		if err != nil {
			return
		}
		got := owners{modules: list}.of(address)
		holds := false
		for _, m := range list {
			holds = holds || m.name == got.module && m.memory.holds(address)
		}
		if !holds && got.module != hidden {
			t.Fatalf("%#x belongs to %+v of %+v", address, got, list)
		}
	})
}
