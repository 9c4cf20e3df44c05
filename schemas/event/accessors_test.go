package event

import "testing"

func eventOf(name, arg, typ string, v Value) *Event {
	return &Event{Shape: &Shape{Name: name, Args: []ArgSpec{{arg, typ}}}, Values: []Value{v}, Context: &Context{}}
}

// Signatures of both eras must see the same fact, however the event says it.
func TestBothEras(t *testing.T) {
	for _, test := range []struct {
		event, arg string
		number     int64
		text       string
	}{
		{"ptrace", "request", 0, "PTRACE_TRACEME"},
		{"ptrace", "request", 0x4206, "PTRACE_SEIZE"},
		{"ptrace", "request", 4711, "4711"},
		{"ptrace", "request", -1, "-1"},
		{"openat", "flags", 0, "O_RDONLY"},
		{"openat", "flags", 0x8000, "O_RDONLY|O_LARGEFILE"},
		{"openat", "flags", 0o102 | 0o2000000, "O_RDWR|O_CREAT|O_CLOEXEC"},
		{"security_file_open", "flags", 0o4010000 | 1, "O_WRONLY|O_SYNC"},
		{"security_file_open", "flags", 0o20200000, "O_RDONLY|O_TMPFILE"},
		{"security_file_open", "flags", 0x80000001, "O_WRONLY|0x80000000"},
		{"open", "mode", 0o100755, "S_IFREG|S_IRWXU|S_IRGRP|S_IXGRP|S_IROTH|S_IXOTH"},
		{"mmap", "prot", 0, "PROT_NONE"},
		{"mprotect", "prot", 5, "PROT_READ|PROT_EXEC"},
		{"mmap", "flags", 0x22, "MAP_PRIVATE|MAP_ANONYMOUS"},
		{"mem_prot_alert", "alert", 4, "Protection changed from W to E!"},
		{"clone", "flags", 0x1200011, "CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD"},
		{"prctl", "option", 38, "PR_SET_NO_NEW_PRIVS"},
		{"prctl", "option", 0x59616d61, "PR_SET_PTRACER"},
		{"cap_capable", "cap", 21, "CAP_SYS_ADMIN"},
		{"socket", "domain", 2, "AF_INET"},
		{"socket", "type", 0o2000000 | 1, "SOCK_STREAM|SOCK_CLOEXEC"},
		{"security_kernel_read_file", "type", 2, "kernel-module"},
		{"bpf", "cmd", 5, "BPF_PROG_LOAD"},
		{"access", "mode", 6, "R_OK|W_OK"},
		{"execveat", "flags", 0x1000, "AT_EMPTY_PATH"},
	} {
		t.Run(test.event+" "+test.text, func(t *testing.T) {
			raw := eventOf(test.event, test.arg, "int32", Int(test.number))
			words := eventOf(test.event, test.arg, "const char*", String(test.text))
			for _, e := range []*Event{raw, words} {
				if n, ok := e.Int(test.arg); n != test.number || !ok {
					t.Errorf("Int = %d, %v", n, ok)
				}
				if s, ok := e.Symbol(test.arg); s != test.text || !ok {
					t.Errorf("Symbol = %q, %v", s, ok)
				}
			}
			if v, typ := raw.Parsed(0); v.Text() != test.text || typ != "string" {
				t.Errorf("Parsed = %q, %s", v.Text(), typ)
			}
			if _, ok := raw.String(test.arg); ok {
				t.Error("a number passes for a text")
			}
		})
	}
}

func TestTypeOfWords(t *testing.T) {
	for typ, want := range map[string]string{
		"int": "const char*", "u32": "const char*", "unsigned int": "const char*", "int32": "string", "uint64": "string",
	} {
		if _, got := eventOf("ptrace", "request", typ, Int(0)).Parsed(0); got != want {
			t.Errorf("%s becomes %s, want %s", typ, got, want)
		}
	}
}

func TestAccessors(t *testing.T) {
	e := eventOf("x", "a", "int", Int(5))
	if _, ok := e.Int("b"); ok {
		t.Error("Int finds what is not there")
	}
	if _, ok := e.Symbol("b"); ok {
		t.Error("Symbol finds what is not there")
	}
	if _, ok := e.Symbol("a"); ok {
		t.Error("Symbol has words for a plain number")
	}
	if v, typ := e.Parsed(0); v.Kind() != KindInt || typ != "int" {
		t.Errorf("a plain number becomes %v of type %s", v, typ)
	}
	if _, ok := eventOf("x", "a", "string", String("5")).Int("a"); ok {
		t.Error("a text without a table passes for a number")
	}
	if _, ok := eventOf("ptrace", "request", "string", String("PTRACE_NONE")).Int("request"); ok {
		t.Error("an unknown word passes for a number")
	}
	list, ok := eventOf("x", "a", "[]string", Strings([]string{"p"})).Strings("a")
	if !ok || len(list) != 1 {
		t.Errorf("Strings = %v, %v", list, ok)
	}
	if s, ok := eventOf("x", "a", "bytes", Bytes("\x00")).String("a"); s != "\x00" || !ok {
		t.Errorf("String = %q, %v", s, ok)
	}
}

// Each table must lead back from its own words, or signatures of the newer era
// would miss what those of the older one see.
func TestTablesAreReversible(t *testing.T) {
	for name, table := range map[string]*symbols{
		"openFlags": &openFlags, "fileModes": &fileModes, "accessModes": &accessModes, "execveatFlags": &execveatFlags,
		"readFileTypes": &readFileTypes, "ptraceRequests": &ptraceRequests, "cloneFlags": &cloneFlags,
		"prctlOptions": &prctlOptions, "capabilityNames": &capabilityNames, "addressFamilies": &addressFamilies,
		"socketTypes": &socketTypes, "socketCalls": &socketCalls, "protections": &protections,
		"mappingFlags": &mappingFlags, "protectionAlerts": &protectionAlerts, "bpfCommands": &bpfCommands,
	} {
		t.Run(name, func(t *testing.T) {
			seen := map[string]bool{}
			for _, s := range table.list {
				if seen[s.name] {
					t.Errorf("%s stands there twice", s.name)
				}
				seen[s.name] = true
			}
			// All pairs of bits, and small numbers.
			for i := range 32 {
				for j := range 32 {
					for _, n := range []uint64{1<<i | 1<<j, uint64(i), uint64(i)<<8 | uint64(j)} {
						if back, ok := table.number(table.text(n)); uint64(back) != n || !ok {
							t.Fatalf("%#x is %q, which is %#x, %v", n, table.text(n), back, ok)
						}
					}
				}
			}
		})
	}
}
