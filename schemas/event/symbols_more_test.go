package event

import (
	"math/rand/v2"
	"testing"
)

// allTables are those of the table of tables and those that functions choose.
func allTables() map[*symbols]string {
	tables := map[*symbols]string{
		&openFlags: "open", &fileModes: "modes", &execveatFlags: "execveat", &ptraceRequests: "ptrace",
		&cloneFlags: "clone", &prctlOptions: "prctl", &bpfCommands: "bpf", &protections: "prot", &mappingFlags: "mmap",
		&addressFamilies: "families", &socketTypes: "types", &socketLevels: "levels", &socketOptions: "options",
		&ipProtocols: "ip", &netlinkProtocols: "netlink", &readFileTypes: "read", &capabilityNames: "capabilities",
	}
	for key, table := range moreTables {
		tables[table] = key.event + "." + key.arg
	}
	return tables
}

// Each word stands for its number and each number has its word, once.
func TestEveryWord(t *testing.T) {
	for table, name := range allTables() {
		words, numbers := map[string]bool{}, map[uint64]bool{}
		for i := range table.list {
			s := &table.list[i]
			if words[s.name] || numbers[s.value] || s.value&^s.bits() != 0 {
				t.Errorf("%s: %s is there twice, or is not within its mask", name, s.name)
			}
			words[s.name], numbers[s.value] = true, true
			if n, ok := table.number(s.name); !ok || uint64(n) != s.value {
				t.Errorf("%s: %s is %#x, want %#x", name, s.name, n, s.value)
			}
			if got := table.text(s.value); !table.flags && got != s.name {
				t.Errorf("%s: %#x is %q, want %s", name, s.value, got, s.name)
			}
		}
	}
}

// Any number can be said in words and read back.
func TestAnyNumberInWords(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	for table, name := range allTables() {
		for range 2000 {
			n := uint64(uint32(r.Uint64())) >> r.UintN(32)
			if back, ok := table.number(table.text(n)); !ok || uint64(back) != n {
				t.Fatalf("%s: %#x is %q, read back as %#x", name, n, table.text(n), back)
			}
		}
	}
}

// What one word says costs no memory.
func TestWordsWithoutMemory(t *testing.T) {
	kill := eventOf("kill", "sig", "int", Int(9))
	mount := eventOf("mount", "mountflags", "unsigned long", Uint(0x1000))
	if n := testing.AllocsPerRun(100, func() {
		if a, _ := kill.Symbol("sig"); a != "SIGKILL" {
			t.Fatal(a)
		}
		if a, _ := mount.Symbol("mountflags"); a != "MS_BIND" {
			t.Fatal(a)
		}
	}); n != 0 {
		t.Errorf("%.0f allocations", n)
	}
}

func TestMoreWords(t *testing.T) {
	for _, test := range []struct {
		event, arg string
		number     int64
		text       string
	}{
		{"kill", "sig", 9, "SIGKILL"},
		{"kill", "sig", 0, "0"},
		{"tgkill", "sig", 34, "34"},
		{"mount", "mountflags", 0x1000 | 0x4000, "MS_BIND|MS_REC"},
		{"mount", "mountflags", 0xc0ed0000 | 0x1, "MS_MGC_VAL|MS_RDONLY"},
		{"mount", "mountflags", 0, "0"},
		{"security_sb_mount", "flags", 0x40000, "MS_PRIVATE"},
		{"umount2", "flags", 2, "MNT_DETACH"},
		{"open_tree", "flags", 0x80001, "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC"},
		{"move_mount", "flags", 4, "MOVE_MOUNT_F_EMPTY_PATH"},
		{"fsmount", "ms_flags", 0x12, "MOUNT_ATTR_NOSUID|MOUNT_ATTR_NOATIME"},
		{"fsconfig", "cmd", 6, "FSCONFIG_CMD_CREATE"},
		{"memfd_create", "flags", 1 | 4 | 21<<26, "MFD_CLOEXEC|MFD_HUGETLB|MFD_HUGE_2MB"},
		{"unshare", "flags", 0x10000000 | 0x80, "CLONE_NEWTIME|CLONE_NEWUSER"},
		{"setns", "nstype", 0x20000, "CLONE_NEWNS"},
		{"unlinkat", "flags", 0x200, "AT_REMOVEDIR"},
		{"linkat", "flags", 0x400, "AT_SYMLINK_FOLLOW"},
		{"fchownat", "flags", 0x100, "AT_SYMLINK_NOFOLLOW"},
		{"renameat2", "flags", 2, "RENAME_EXCHANGE"},
		{"fcntl", "cmd", 1030, "F_DUPFD_CLOEXEC"},
		{"keyctl", "operation", 11, "KEYCTL_READ"},
		{"perf_event_open", "flags", 8, "PERF_FLAG_FD_CLOEXEC"},
		{"seccomp", "operation", 1, "SECCOMP_SET_MODE_FILTER"},
		{"personality", "persona", 0x40000, "ADDR_NO_RANDOMIZE"},
		{"personality", "persona", 0, "PER_LINUX"},
		{"reboot", "cmd", -0x3210fedd, "LINUX_REBOOT_CMD_HALT"},
		{"io_uring_register", "opcode", 2, "IORING_REGISTER_FILES"},
		{"io_uring_submit", "opcode", 18, "IORING_OP_OPENAT"},
		{"sendto", "flags", 0x4040, "MSG_DONTWAIT|MSG_NOSIGNAL"},
		{"accept4", "flags", 0x80000, "SOCK_CLOEXEC"},
		{"delete_module", "flags", 0x800, "O_NONBLOCK"},
		{"clock_settime", "clockid", 0, "CLOCK_REALTIME"},
	} {
		t.Run(test.event+" "+test.text, func(t *testing.T) {
			raw := eventOf(test.event, test.arg, "int", Int(test.number))
			words := eventOf(test.event, test.arg, "const char*", String(test.text))
			for _, e := range []*Event{raw, words} {
				if n, ok := e.Int(test.arg); n != test.number || !ok {
					t.Errorf("Int = %d, %v", n, ok)
				}
				if s, ok := e.Symbol(test.arg); s != test.text || !ok {
					t.Errorf("Symbol = %q, %v", s, ok)
				}
			}
			// Signatures of the first era compare these with numbers.
			if v, typ := raw.Parsed(0); v.Kind() != KindInt || typ != "int" {
				t.Errorf("Parsed = %v, %s", v, typ)
			}
		})
	}
}

// What a number means depends on another argument.
func TestWordsByContext(t *testing.T) {
	pair := func(event, first string, a Value, second string, b int64) *Event {
		return &Event{
			Shape:   &Shape{Name: event, Args: []ArgSpec{{first, "int"}, {second, "int"}}},
			Values:  []Value{a, Int(b)},
			Context: &Context{},
		}
	}
	for _, test := range []struct {
		event, first string
		a            Value
		second       string
		b            int64
		symbol       string
		spoken       bool
	}{
		{"socket", "domain", Int(2), "protocol", 6, "IPPROTO_TCP", false},
		{"socket", "domain", String("AF_INET6"), "protocol", 58, "IPPROTO_ICMPV6", false},
		{"socket", "domain", Int(16), "protocol", 9, "NETLINK_AUDIT", false},
		{"socket", "domain", Int(17), "protocol", 768, "", false},
		{"setsockopt", "level", Int(1), "optname", 15, "SO_REUSEPORT", true},
		{"setsockopt", "level", String("SOL_SOCKET"), "optname", 36, "SO_MARK", true},
		{"setsockopt", "level", Int(6), "optname", 1, "", false},
	} {
		e := pair(test.event, test.first, test.a, test.second, test.b)
		if got, ok := e.Symbol(test.second); got != test.symbol || ok != (test.symbol != "") {
			t.Errorf("%s %v: %q, %v, want %q", test.event, test.a, got, ok, test.symbol)
		}
		if v, _ := e.Parsed(1); (v.Kind() == KindString) != test.spoken {
			t.Errorf("%s %v: Parsed = %v", test.event, test.a, v)
		}
	}
	e := pair("setsockopt", "level", Int(41), "optname", 26)
	if v, typ := e.Parsed(0); v.Text() != "SOL_IPV6" || typ != "const char*" {
		t.Errorf("level %v, %s", v, typ)
	}
}
