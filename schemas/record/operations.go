package record

import "github.com/weirsec/weir/schemas/event"

// operations are the names of io_uring's operations by number (enum io_uring_op
// in linux/io_uring.h), in lower case and without IORING_OP_.
var operations = [...]string{
	"nop", "readv", "writev", "fsync", "read_fixed", "write_fixed", "poll_add", "poll_remove", "sync_file_range",
	"sendmsg", "recvmsg", "timeout", "timeout_remove", "accept", "async_cancel", "link_timeout", "connect",
	"fallocate", "openat", "close", "files_update", "statx", "read", "write", "fadvise", "madvise", "send",
	"recv", "openat2", "epoll_ctl", "splice", "provide_buffers", "remove_buffers", "tee", "shutdown", "renameat",
	"unlinkat", "mkdirat", "symlinkat", "linkat", "msg_ring", "fsetxattr", "setxattr", "fgetxattr", "getxattr",
	"socket", "uring_cmd", "send_zc", "sendmsg_zc", "read_multishot", "waitid", "futex_wait", "futex_wake",
	"futex_waitv", "fixed_fd_install", "ftruncate", "bind", "listen", "recv_zc", "epoll_wait", "readv_fixed",
	"writev_fixed", "pipe",
}

// operation returns the name of an io_uring operation, null for one that is
// newer than this table.
func operation(opcode event.Value) event.Value {
	n, ok := opcode.Uint()
	if !ok || n >= uint64(len(operations)) {
		return event.Value{}
	}
	return event.String(operations[n])
}
