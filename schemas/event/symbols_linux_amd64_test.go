package event

import (
	"syscall"
	"testing"
)

// The numbers are the kernel's, as the standard library has them too.
func TestNumbersOfTheKernel(t *testing.T) {
	for _, test := range []struct {
		table  *symbols
		name   string
		number int64
	}{
		{&openFlags, "O_CREAT", syscall.O_CREAT},
		{&openFlags, "O_EXCL", syscall.O_EXCL},
		{&openFlags, "O_NOCTTY", syscall.O_NOCTTY},
		{&openFlags, "O_TRUNC", syscall.O_TRUNC},
		{&openFlags, "O_APPEND", syscall.O_APPEND},
		{&openFlags, "O_NONBLOCK", syscall.O_NONBLOCK},
		{&openFlags, "O_SYNC", syscall.O_SYNC},
		{&openFlags, "O_DSYNC", syscall.O_DSYNC},
		{&openFlags, "O_DIRECT", syscall.O_DIRECT},
		{&openFlags, "O_DIRECTORY", syscall.O_DIRECTORY},
		{&openFlags, "O_NOFOLLOW", syscall.O_NOFOLLOW},
		{&openFlags, "O_NOATIME", syscall.O_NOATIME},
		{&openFlags, "O_CLOEXEC", syscall.O_CLOEXEC},
		{&fileModes, "S_IFSOCK", syscall.S_IFSOCK},
		{&fileModes, "S_IFIFO", syscall.S_IFIFO},
		{&fileModes, "S_ISVTX", syscall.S_ISVTX},
		{&ptraceRequests, "PTRACE_POKETEXT", syscall.PTRACE_POKETEXT},
		{&ptraceRequests, "PTRACE_ATTACH", syscall.PTRACE_ATTACH},
		{&ptraceRequests, "PTRACE_GETREGSET", syscall.PTRACE_GETREGSET},
		{&ptraceRequests, "PTRACE_SETOPTIONS", syscall.PTRACE_SETOPTIONS},
		{&cloneFlags, "CLONE_NEWNS", syscall.CLONE_NEWNS},
		{&cloneFlags, "CLONE_NEWUSER", syscall.CLONE_NEWUSER},
		{&cloneFlags, "CLONE_IO", syscall.CLONE_IO},
		{&cloneFlags, "SIGCHLD", int64(syscall.SIGCHLD)},
		{&prctlOptions, "PR_SET_SECCOMP", syscall.PR_SET_SECCOMP},
		{&addressFamilies, "AF_INET6", syscall.AF_INET6},
		{&addressFamilies, "AF_NETLINK", syscall.AF_NETLINK},
		{&addressFamilies, "AF_ALG", syscall.AF_ALG},
		{&socketTypes, "SOCK_SEQPACKET", syscall.SOCK_SEQPACKET},
		{&socketTypes, "SOCK_CLOEXEC", syscall.SOCK_CLOEXEC},
		{&protections, "PROT_EXEC", syscall.PROT_EXEC},
		{&protections, "PROT_GROWSUP", syscall.PROT_GROWSUP},
		{&mappingFlags, "MAP_ANONYMOUS", syscall.MAP_ANONYMOUS},
		{&mappingFlags, "MAP_HUGETLB", syscall.MAP_HUGETLB},
	} {
		if got, ok := test.table.number(test.name); got != test.number || !ok {
			t.Errorf("%s is %#x, %v, want %#x", test.name, got, ok, test.number)
		}
	}
}
