package initrd

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// item is an entry as a reader sees it.
type item struct {
	name, data string
	mode, rdev uint64
}

// list reads an archive by the format's description.
func list(t *testing.T, archive []byte) []item {
	t.Helper()
	var items []item
	for pos := 0; ; {
		if string(archive[pos:pos+6]) != "070701" {
			t.Fatalf("no header at %d", pos)
		}
		number := func(i int) uint64 {
			n, err := strconv.ParseUint(string(archive[pos+6+8*i:pos+14+8*i]), 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		size, nameSize := int(number(6)), int(number(11))
		name := string(archive[pos+110 : pos+110+nameSize-1])
		start := (pos + 110 + nameSize + 3) &^ 3
		if name == trailer {
			return items
		}
		items = append(items, item{
			name: name, mode: number(1), data: string(archive[start : start+size]),
			rdev: unix.Mkdev(uint32(number(9)), uint32(number(10))),
		})
		pos = (start + size + 3) &^ 3
	}
}

func sample(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string]string{"go.mod": "m", "a/testdata/x": "xy", "a/code.go": "no", ".git/config": "no"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	a := New(&b)
	keep := func(rel string, d fs.DirEntry) bool {
		return !strings.HasPrefix(d.Name(), ".") && !strings.HasSuffix(rel, ".go")
	}
	for _, err := range []error{
		a.Bytes("/init", 0o755, "#!/bin/sh\n"), a.Dir("/tmp"), a.Device("/dev/console", 0o600, 5, 1),
		a.Link("/bin/sh", "busybox"), a.Tree("/src", dir, keep), a.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestArchive(t *testing.T) {
	var got []string
	for _, i := range list(t, sample(t)) {
		got = append(got, fmt.Sprintf("%s %o %x %q", i.name, i.mode, i.rdev, i.data))
	}
	want := []string{
		`init 100755 0 "#!/bin/sh\n"`,
		`tmp 40755 0 ""`,
		`dev 40755 0 ""`,
		`dev/console 20600 501 ""`,
		`bin 40755 0 ""`,
		`bin/sh 120777 0 "busybox"`,
		`src 40755 0 ""`,
		`src/a 40755 0 ""`,
		`src/a/testdata 40755 0 ""`,
		`src/a/testdata/x 100644 0 "xy"`,
		`src/go.mod 100644 0 "m"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The archiver itself reads what was written.
func TestCpioReadsIt(t *testing.T) {
	if _, err := exec.LookPath("cpio"); err != nil {
		t.Skipf("no archiver to compare with: %v", err)
	}
	cmd := exec.Command("cpio", "--list", "--quiet")
	cmd.Stdin = bytes.NewReader(sample(t))
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "src/a/testdata/x\n") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestMissingFile(t *testing.T) {
	a := New(new(bytes.Buffer))
	if err := a.File("/x", "/no/such/file"); err == nil || !strings.Contains(err.Error(), "/no/such/file") {
		t.Errorf("error %v", err)
	}
	if err := a.Tree("/x", "/no/such/tree", nil); err == nil {
		t.Error("a tree that is not there")
	}
}
