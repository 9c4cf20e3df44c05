package rootkit

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	// getppid is the syscall's number on x86-64.
	getppid = 110
	handler = "__x64_sys_getppid"
	folder  = "/sys/module/rootkit/parameters/"
)

// addresses are the kernel's symbols by name.
type addresses map[string]uint64

func readAddresses(t *testing.T) addresses {
	t.Helper()
	f, err := os.Open("/proc/kallsyms")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	all := addresses{}
	var sorted []uint64
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		at, err := strconv.ParseUint(fields[0], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		all[fields[2]] = at
		sorted = append(sorted, at)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(sorted)
	if start := all["x64_sys_call"]; start != 0 {
		i, _ := slices.BinarySearch(sorted, start+1)
		all["end of x64_sys_call"] = sorted[i]
	}
	return all
}

// load loads the module, and takes it away at the end of the test.
func load(t *testing.T, file string) {
	t.Helper()
	at := readAddresses(t)
	if at["sys_call_table"] == 0 || at[handler] == 0 {
		t.Fatal("the kernel does not tell where sys_call_table is")
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	length := at["end of x64_sys_call"] - at["x64_sys_call"]
	err = unix.FinitModule(int(f.Fd()), fmt.Sprintf("entry=%#x handler=%#x dispatcher=%#x length=%d",
		at["sys_call_table"]+getppid*8, at[handler], at["x64_sys_call"], length), 0)
	if err != nil {
		t.Fatalf("load %s: %v", file, err)
	}
	t.Cleanup(func() {
		if err := unix.DeleteModule("rootkit", 0); err != nil {
			t.Errorf("take the module away: %v", err)
		}
	})
}

// do makes the module do something.
func do(t *testing.T, word string) {
	t.Helper()
	if err := os.WriteFile(folder+"do", []byte(word), 0); err != nil {
		t.Fatal(err)
	}
}

// calls is how often getppid went through the module.
func calls(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(folder + "calls")
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
