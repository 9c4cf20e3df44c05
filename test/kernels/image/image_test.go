package image

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSource(t *testing.T) {
	for _, c := range []struct {
		source        Source
		name, archive string
	}{
		{Source{Suite: "bookworm", Package: "p", Arch: "amd64"}, "debian_bookworm_p_amd64", "http://deb.debian.org/debian"},
		{Source{Suite: "bullseye-security", Package: "p", Arch: "arm64"}, "debian_bullseye-security_p_arm64", "http://deb.debian.org/debian-security"},
		{Source{Ubuntu: true, Suite: "jammy-updates", Package: "p", Arch: "amd64"}, "ubuntu_jammy-updates_p_amd64", "http://archive.ubuntu.com/ubuntu"},
	} {
		if got := c.source.String(); got != c.name {
			t.Errorf("name %q, want %q", got, c.name)
		}
		if got := c.source.archive(); got != c.archive {
			t.Errorf("archive %q, want %q", got, c.archive)
		}
	}
}

func TestDependencies(t *testing.T) {
	const text = `linux-image-cloud-amd64
  Depends: linux-base-cloud-amd64
 |Depends: linux-image-7.2.12+deb14-cloud-amd64
  Depends: linux-binary-7.2.12+deb14-cloud-amd64
  PreDepends: linux-image-7.2.12+deb14-cloud-amd64
  Recommends: firmware-linux-free
  Depends: <linux-initramfs-tool>
`
	want := []string{"linux-image-7.2.12+deb14-cloud-amd64", "linux-binary-7.2.12+deb14-cloud-amd64"}
	if got := dependencies(text, kernelPackage); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestHeadersOf(t *testing.T) {
	for kernel, want := range map[string]string{
		"linux-image-6.1.0-50-cloud-amd64":            "linux-headers-6.1.0-50-cloud-amd64",
		"linux-binary-7.2.12+deb14-cloud-amd64":       "linux-headers-7.2.12+deb14-cloud-amd64",
		"linux-image-unsigned-5.15.0-100-generic":     "linux-headers-5.15.0-100-generic",
		"linux-image-6.12.117+deb13-cloud-arm64-dbg0": "linux-headers-6.12.117+deb13-cloud-arm64-dbg0",
	} {
		if got := headersOf(kernel); got != want {
			t.Errorf("%s is built with %s, want %s", kernel, got, want)
		}
	}
	const text = `linux-headers-6.1.0-50-cloud-amd64
  Depends: linux-headers-6.1.0-50-common
  Depends: linux-kbuild-6.1
  Depends: linux-compiler-gcc-12-x86
`
	want := []string{"linux-headers-6.1.0-50-common", "linux-kbuild-6.1"}
	if got := dependencies(text, headersPackage); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// Headers say by absolute paths where the rest of them is.
func TestRelocate(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "usr/src/linux-headers-1-cloud-amd64/Makefile")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("include /usr/src/linux-headers-1-common/Makefile\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := relocate(root, "/cache/x"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if want := "include /cache/x/usr/src/linux-headers-1-common/Makefile\n"; err != nil || string(got) != want {
		t.Errorf("%q, %v", got, err)
	}
}

func TestReason(t *testing.T) {
	for text, want := range map[string]string{
		"W: slow\nE: Failed to fetch x  404  Not Found\nE: more\n": "Failed to fetch x  404  Not Found",
		"something else\n": "something else",
	} {
		if got := reason(text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func newStore(t *testing.T) *Store {
	t.Helper()
	s, err := NewStore(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// unreachable is a source that cannot be fetched: there is no apt in PATH.
func unreachable(t *testing.T) Source {
	t.Helper()
	t.Setenv("PATH", t.TempDir())
	return Source{Suite: "none", Package: "p", Arch: "amd64"}
}

func keep(t *testing.T, s *Store, source Source, data string) Image {
	t.Helper()
	file := filepath.Join(t.TempDir(), "vmlinuz")
	if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
	image, err := s.keep(source, Image{Path: file, Package: "p-1", Version: "1"})
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func TestStoreKeeps(t *testing.T) {
	s, source := newStore(t), unreachable(t)
	kept := keep(t, s, source, "kernel")
	if filepath.Base(kept.Path) != hash([]byte("kernel")) || kept.Version != "1" || kept.Package != "p-1" {
		t.Errorf("%+v", kept)
	}
	got, err := s.Get(t.Context(), source)
	if err != nil || got != kept {
		t.Errorf("%+v, %v", got, err)
	}
	// Too old, but there is no newer one to be had here.
	s.now = func() time.Time { return time.Now().Add(2 * fresh) }
	if got, err := s.Get(t.Context(), source); err != nil || got != kept {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestStoreRefusesDamage(t *testing.T) {
	s, source := newStore(t), unreachable(t)
	kept := keep(t, s, source, "kernel")
	if err := os.WriteFile(kept.Path, []byte("another"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), source); err == nil || !strings.Contains(err.Error(), "apt-get is not installed") {
		t.Errorf("error %v", err)
	}
	if err := os.WriteFile(s.index(source), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), source); err == nil {
		t.Error("a damaged index is used")
	}
}

func TestNothingKept(t *testing.T) {
	_, err := newStore(t).Get(t.Context(), unreachable(t))
	if err == nil || !strings.HasPrefix(err.Error(), "debian_none_p_amd64: ") {
		t.Errorf("error %v", err)
	}
}

func FuzzDependencies(f *testing.F) {
	f.Add("x\n  Depends: linux-image-6.1\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range dependencies(text, kernelPackage) {
			if !kernelPackage.MatchString(name) {
				t.Fatal(name)
			}
		}
	})
}
