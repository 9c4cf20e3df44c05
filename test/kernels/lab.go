package kernels

import (
	"bufio"
	"context"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/weirsec/weir/test/kernels/image"
	"github.com/weirsec/weir/test/kernels/initrd"
	"github.com/weirsec/weir/test/kernels/machine"
	"github.com/weirsec/weir/test/kernels/wire"
)

// sources is where the repository's files are in a guest.
const sources = "/src"

// Guest is a system to run programs in.
type Guest struct {
	Kernel Kernel
	// Cmdline are further parameters of the kernel; a later one wins.
	Cmdline []string
	// Hybrid is for cgroup v1 and v2 side by side, else there is v2 alone.
	Hybrid bool
	// HideBTF is for a kernel that does not describe its types: every kernel
	// from packages that is new enough does.
	HideBTF bool
	// Files are further ones: where they are in the guest, and here.
	Files map[string]string
	// MemoryMiB is how much memory it has, 1 GiB at least.
	MemoryMiB int
}

// Program is a static program of this machine to run in a guest.
type Program struct {
	// Binary is its file here.
	Binary string
	// Dir is where it starts, relative to the repository's root.
	Dir string
	// Args come after its name, Env are further variables.
	Args, Env []string
	// Output gets what it prints.
	Output io.Writer
}

// Lab makes guests. It is safe for several goroutines.
type Lab struct {
	root, work string
	log        *slog.Logger
	limit      time.Duration

	mu    sync.Mutex
	store *image.Store
	built map[string]string
}

// NewLab returns a lab for the repository at root that makes its files in the
// folder work. A guest may run as long as limit.
func NewLab(root, work string, limit time.Duration, log *slog.Logger) (*Lab, error) {
	store, err := image.NewStore("", log)
	if err != nil {
		return nil, fmt.Errorf("kernels: %w", err)
	}
	return &Lab{root: root, work: work, limit: limit, log: log, store: store, built: map[string]string{}}, nil
}

// Fetch makes sure that the kernel is here and returns what it is. The error
// says for each of its sources why it cannot be had.
func (l *Lab) Fetch(ctx context.Context, k Kernel) (image.Image, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, source := range k.Sources {
		found, err := l.store.Get(ctx, source)
		if err == nil {
			return found, nil
		}
		errs = append(errs, err)
	}
	return image.Image{}, fmt.Errorf("kernel %s cannot be had: %w", k.Name, errors.Join(errs...))
}

// Build builds a package of the repository for a guest, statically: its test
// binary for tests, else its program. It returns the file.
func (l *Lab) Build(ctx context.Context, arch, pack string, tests bool) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := fmt.Sprint(arch, pack, tests)
	if file := l.built[key]; file != "" {
		return file, nil
	}
	file := filepath.Join(l.work, strings.ReplaceAll(strings.Trim(pack, "./"), "/", "-")+"-"+arch)
	args := []string{"build"}
	if tests {
		args, file = []string{"test", "-c"}, file+".test"
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "-ldflags=-s -w", "-o", file, pack)...)
	cmd.Dir, cmd.Env = l.root, append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s for %s: %w\n%s", pack, arch, err, out)
	}
	l.built[key] = file
	return file, nil
}

// Run boots the guest, runs the programs in their order and returns their exit
// codes. An error means that not all of them ran.
func (l *Lab) Run(ctx context.Context, g Guest, programs ...Program) (codes []int, err error) {
	kernel, err := l.Fetch(ctx, g.Kernel)
	if err != nil {
		return nil, err
	}
	archive, err := l.initrd(ctx, g, programs)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.Remove(archive)) }()
	m := machine.Machine{
		Arch: g.Kernel.Arch, Kernel: kernel.Path, Initrd: archive, MemoryMiB: max(g.MemoryMiB, 1024), CPUs: 2, Limit: l.limit,
		Steady:  g.Kernel.Steady,
		Cmdline: slices.Concat([]string{"lsm=lockdown,capability,yama,bpf"}, g.Kernel.Cmdline, g.Cmdline),
	}
	codes = make([]int, len(programs))
	ended := 0
	err = m.Run(ctx, func(f wire.Frame) error {
		if f.Note != "" {
			l.log.Info("the guest lacks", slog.String("kernel", g.Kernel.Name), slog.String("what", f.Note))
			return nil
		}
		if f.End {
			return nil
		}
		if f.Program >= len(programs) {
			return fmt.Errorf("frame of program %d of %d", f.Program, len(programs))
		}
		if f.Exited {
			codes[f.Program], ended = f.Code, ended+1
		}
		_, err := programs[f.Program].Output.Write(append(f.Output, f.Error...))
		return err
	})
	if err == nil && ended != len(programs) {
		err = fmt.Errorf("%d of %d programs ended", ended, len(programs))
	}
	return codes, err
}

// initrd writes the guest's file system and returns its file.
func (l *Lab) initrd(ctx context.Context, g Guest, programs []Program) (string, error) {
	file, err := os.CreateTemp(l.work, "initrd-")
	if err != nil {
		return "", err
	}
	defer file.Close()
	buffered := bufio.NewWriterSize(file, 1<<20)
	if err := l.fill(ctx, initrd.New(buffered), g, programs); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), buffered.Flush()
}

func (l *Lab) fill(ctx context.Context, a *initrd.Archive, g Guest, programs []Program) error {
	if err := l.system(ctx, a, g.Kernel.Arch); err != nil {
		return err
	}
	for at, from := range g.Files {
		if err := a.File(at, from); err != nil {
			return err
		}
	}
	job := wire.Job{Hybrid: g.Hybrid, HideBTF: g.HideBTF}
	for i, p := range programs {
		if err := static(p.Binary); err != nil {
			return err
		}
		// Tests see the name that go test gives a binary.
		at := path.Join("/programs", fmt.Sprint(i), testName(p.Dir))
		if err := a.File(at, p.Binary); err != nil {
			return err
		}
		job.Programs = append(job.Programs, wire.Program{Path: at, Dir: path.Join(sources, p.Dir), Args: p.Args, Env: p.Env})
	}
	text, err := json.Marshal(job)
	if err != nil {
		return err
	}
	if err := a.Bytes(wire.JobPath, 0o644, string(text)); err != nil {
		return err
	}
	return a.Close()
}

func testName(dir string) string { return path.Base(path.Join("/weir", dir)) + ".test" }

// system adds what every guest has.
func (l *Lab) system(ctx context.Context, a *initrd.Archive, arch string) error {
	box, err := l.busybox(ctx, arch)
	if err != nil {
		return err
	}
	files := map[string]string{"/bin/busybox": box}
	for at, pack := range map[string]string{"/init": "./test/kernels/guest", "/bin/true": "./test/kernels/succeed"} {
		if files[at], err = l.Build(ctx, arch, pack, false); err != nil {
			return err
		}
	}
	for at, from := range files {
		data, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := a.Bytes(at, 0o755, string(data)); err != nil {
			return err
		}
	}
	for at, text := range map[string]string{
		"/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
		"/etc/group":  "root:x:0:\nnogroup:x:65534:\n",
		"/etc/hosts":  "127.0.0.1 localhost\n::1 localhost\n",
	} {
		if err := a.Bytes(at, 0o644, text); err != nil {
			return err
		}
	}
	for _, dir := range []string{"/root", "/tmp", "/proc", "/sys", "/usr/bin"} {
		if err := a.Dir(dir); err != nil {
			return err
		}
	}
	// The kernel gives it to /init before anything is mounted.
	if err := a.Device("/dev/console", 0o600, 5, 1); err != nil {
		return err
	}
	return a.Tree(sources, l.root, inGuest)
}

func (l *Lab) busybox(ctx context.Context, arch string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	box, err := l.store.Get(ctx, busybox(arch))
	return box.Path, err
}

// inGuest leaves out what no test reads: sources, and what builds leave behind.
func inGuest(rel string, d fs.DirEntry) bool {
	return !strings.HasPrefix(d.Name(), ".") && rel != "bin" &&
		!strings.HasSuffix(rel, ".go") && !strings.HasSuffix(rel, ".test")
}

// static reports a program that needs a loader: guests have none.
func static(binary string) error {
	file, err := elf.Open(binary)
	if err != nil {
		return fmt.Errorf("%s: %w", binary, err)
	}
	defer func() { _ = file.Close() }()
	for _, part := range file.Progs {
		if part.Type == elf.PT_INTERP {
			return fmt.Errorf("%s is not static: build it with CGO_ENABLED=0", binary)
		}
	}
	return nil
}
