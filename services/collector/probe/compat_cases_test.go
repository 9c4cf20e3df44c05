package probe

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/event"
)

// compatProgram is a 32-bit program with what must be seen of it. 32-bit
// syscalls have numbers of their own: taken for 64-bit ones, open would be
// fstat, and nobody would see it.
type compatProgram struct {
	*assembler
	list []*expected
	// result is which kept value is the result of an expectation.
	result map[*expected]uint32
}

// does adds a syscall and expects its event with the same numbers as arguments,
// which with may replace.
func (c *compatProgram) does(name string, number uint32, args ...uint32) *expected {
	c.call(number, args...)
	return c.done(name, args...)
}

func (c *compatProgram) done(name string, args ...uint32) *expected {
	e := &expected{Where: "32-bit", Event: name, Syscall: name, Compat: true, AnyThread: true, Args: map[string]string{}}
	for i, a := range catalogue.ByName(name).Args {
		if i < len(args) {
			e.Args[a.Name] = number64(a.Type, uint64(args[i])).String()
			if args[i] >= kept && args[i] < kept+results {
				e.keptArgs = append(e.keptArgs, keptArg{a.Name, args[i] - kept})
			}
		}
	}
	c.list = append(c.list, e)
	c.result[e] = c.keep() - kept
	return e
}

// keptArg is an argument that is the result of an earlier syscall.
type keptArg struct {
	name  string
	index uint32
}

func (c *compatProgram) leads(name string, to *expected) *expected {
	e := &expected{Where: "32-bit", Event: name, Syscall: to.Syscall, Compat: true, AnyThread: true, Args: map[string]string{}}
	c.list = append(c.list, e)
	c.result[e] = c.result[to]
	return e
}

// kept is what stands for the result of an expectation.
func (c *compatProgram) kept(e *expected) uint32 { return kept + c.result[e] }

// compats runs the program and returns what must be seen of it.
func compats(t *testing.T) []*expected {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		return nil // The program is for x86.
	}
	dir := t.TempDir()
	c := &compatProgram{assembler: newAssembler32(), result: map[*expected]uint32{}}
	path := filepath.Join(dir, "target")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.files(t, path)
	c.memoryOf()
	c.sockets()
	c.identities(path)
	child := c.processes(dir)
	last := newAssembler32()
	last.call(1, 0)
	if err := os.WriteFile(child, last.image(), 0o700); err != nil {
		t.Fatal(err)
	}
	pid, values, err := c.run(filepath.Join(dir, "program"))
	if err != nil {
		t.Logf("no 32-bit programs here: %v", err)
		return nil
	}
	for _, e := range c.list {
		e.Ret = int64(values[c.result[e]])
		e.Facts.HostPID = int32(pid)
		for _, k := range e.keptArgs {
			kind := catalogue.ByName(e.Event)
			e.with(k.name, number64(kind.Args[kind.Arg(k.name)].Type, uint64(uint32(values[k.index]))))
		}
	}
	return c.list
}

func (c *compatProgram) files(t *testing.T, path string) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	name := c.text(path)
	open := c.does("open", 5, name, unix.O_RDWR, 0o7).path("pathname", path)
	fd := c.kept(open)
	c.leads("security_file_open", open).path("pathname", path).path("syscall_pathname", path).
		with("dev", kernelDev(st.Dev)).with("inode", event.Uint(st.Ino)).with("ctime", event.Uint(uint64(st.Ctim.Nano()))).
		with("names_differ", event.Bool(false)).number("flags", unix.O_RDWR)
	buf := c.put([]byte("12345"))
	c.does("pwrite64", 181, fd, buf, 5, 7, 1).with("buf", event.Bytes("12345")).with("offset", event.Int(1<<32|7))
	vector := c.put(halfWords(0, 0, buf, 3, buf, 5))
	writev := c.does("writev", 146, fd, vector, 3)
	c.leads("magic_write", writev).path("pathname", path).with("bytes", event.Bytes("123")).
		with("dev", kernelDev(st.Dev)).with("inode", event.Uint(st.Ino))
	cwd, _ := os.Getwd()
	c.does("truncate", 193, name, 9, 1).path("path", path).with("length", event.Int(1<<32|9)).path("dir_path", cwd)
	c.does("ftruncate", 194, fd, 11, 2).with("length", event.Int(2<<32|11)).path("path", path)
	c.does("truncate", 92, name, 3).path("path", path).path("dir_path", cwd)
	c.does("fcntl", 221, fd, unix.F_GETFL, 0)
}

func (c *compatProgram) memoryOf() {
	const anonymous = unix.MAP_PRIVATE | unix.MAP_ANON
	block := []uint32{0, 4096, unix.PROT_READ, anonymous, ^uint32(0), 0}
	at := c.put(halfWords(block...))
	c.call(90, at)
	c.done("mmap", block...)
	old := c.list[len(c.list)-1]
	c.does("mmap", 192, 0, 8192, unix.PROT_READ|unix.PROT_WRITE, anonymous, ^uint32(0), 3).with("off", event.Int(3<<12))
	// The rest of the memory is that of old.
	e := c.does("mprotect", 125, c.kept(old), 4096, unix.PROT_READ|unix.PROT_EXEC)
	alert := c.leads("mem_prot_alert", e).with("alert", event.Uint(2)).with("len", event.Uint(4096)).
		number("prot", unix.PROT_READ|unix.PROT_EXEC).number("prev_prot", unix.PROT_READ).
		none("pathname", "dev", "inode", "ctime")
	alert.keptArgs = append(alert.keptArgs, keptArg{"addr", c.result[old]})
}

func (c *compatProgram) sockets() {
	to := inet("127.0.0.1", 1)
	at := c.put(to.raw)
	socket := func(kind uint32) *expected {
		args := []uint32{unix.AF_INET, kind, 0}
		c.call(102, 1, c.put(halfWords(args...)))
		return c.done("socket", args...)
	}
	through := func(name string, number uint32, fd *expected, args ...uint32) *expected {
		block := c.put(halfWords(append([]uint32{0}, args...)...))
		// The socket's number is known only when the program runs.
		c.memory(0x8b, 0, resultsAt+4*c.result[fd])
		c.store(block)
		c.call(102, number, block)
		return c.done(name, append([]uint32{c.kept(fd)}, args...)...)
	}
	udp := socket(unix.SOCK_DGRAM)
	buf := c.put([]byte("to all"))
	through("sendto", 11, udp, buf, 6, unix.MSG_NOSIGNAL, at, 16).with("buf", event.Bytes("to all")).
		with("dest_addr", to.value()).none("remote_addr")
	vector := c.put(halfWords(buf, 6))
	message := c.put(halfWords(at, 16, vector, 1, 0, 0, 0))
	through("sendmsg", 16, udp, message, 0).with("msg_name", to.value()).none("remote_addr")
	through("setsockopt", 14, udp, unix.SOL_SOCKET, unix.SO_BROADCAST, c.put(halfWords(1)), 4)
	any := inet("127.0.0.1", 0)
	through("bind", 2, socket(unix.SOCK_DGRAM), c.put(any.raw), 16).with("addr", any.value())
	tcp := socket(unix.SOCK_STREAM)
	connect := through("connect", 3, tcp, at, 16).with("addr", to.value())
	e := c.leads("security_socket_connect", connect).number("type", unix.SOCK_STREAM).with("remote_addr", to.value())
	e.keptArgs = append(e.keptArgs, keptArg{"sockfd", c.result[tcp]})
	direct := c.does("socket", 359, unix.AF_INET, unix.SOCK_DGRAM, 0)
	connect = c.does("connect", 362, c.kept(direct), at, 16).with("addr", to.value())
	e = c.leads("security_socket_connect", connect).number("type", unix.SOCK_DGRAM).with("remote_addr", to.value())
	e.keptArgs = append(e.keptArgs, keptArg{"sockfd", c.result[direct]})
}

// identities are of 16 bits in the oldest syscalls, the highest meaning none;
// what a register has above is not looked at.
func (c *compatProgram) identities(path string) {
	none := event.Uint(1<<32 - 1)
	c.does("setuid", 23, 0xabcd0000).with("uid", event.Uint(0))
	c.does("setuid", 213, 0)
	c.does("setreuid", 70, 0xffff, 0xffff).with("ruid", none).with("euid", none)
	c.does("setreuid", 203, ^uint32(0), 0)
	c.does("setresgid", 170, 0xffff, 0, 0x1ffff).with("rgid", none).with("sgid", none)
	c.does("setfsuid", 138, 0x10000).with("fsuid", event.Uint(0))
	cwd, _ := os.Getwd()
	c.does("chown", 182, c.text(path), 0, 0xffff).path("pathname", path).with("group", none).path("dir_path", cwd)
	c.does("chown", 212, c.text(path), ^uint32(0), 0).path("pathname", path).path("dir_path", cwd)
}

// processes ends with the execution of the program whose path it returns.
func (c *compatProgram) processes(dir string) (program string) {
	c.does("ptrace", 26, 0x4206, 1<<30, 3, 4)
	c.call(120, uint32(unix.SIGCHLD), 0, 11, 13, 17)
	c.endChild()
	// The last two are the other way round than in 64-bit programs.
	c.done("clone", uint32(unix.SIGCHLD), 0, 11, 17, 13)
	missing, zero, one := c.text("/no/such/program"), c.text("zero"), c.text("one")
	argv := c.put(halfWords(zero, one, 0))
	envp := c.put(halfWords(one, 0))
	failed := c.does("execve", 11, missing, argv, envp).path("pathname", "/no/such/program").
		with("argv", event.Strings([]string{"zero", "one"})).with("envp", event.Strings([]string{"one"}))
	failed.seenAt(catalogue.SysExit)
	c.call(4, 1, resultsAt, 4*results)
	program = filepath.Join(dir, "last")
	c.call(11, c.text(program), argv, envp)
	e := &expected{
		Where: "32-bit", Event: "execve", Syscall: "execve", Compat: true, AnyThread: true, Hook: "tp", Args: map[string]string{},
	}
	c.list = append(c.list, e.path("pathname", program).with("argv", event.Strings([]string{"zero", "one"})).
		with("envp", event.Strings([]string{"one"})))
	c.result[e] = results - 1
	c.call(1, 1)
	return program
}
