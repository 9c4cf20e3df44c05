package catalogue

// From tells where an argument's value comes from: a way, and for some ways a
// register of the syscall in the upper byte.
type From uint16

// The ways. Up to Uint64 the value is a register, which nobody can change while
// the syscall runs.
const (
	// Kernel is an object or a hook's own argument inside the kernel.
	Kernel From = iota
	// Int32, Uint32, Int64 and Uint64 are the register of the argument's index.
	Int32
	Uint32
	Int64
	Uint64
	// Text is a text in the process's memory, Texts an array of such.
	Text
	Texts
	// Sockaddr is a socket address there whose length is the next register;
	// SockaddrResult one that the kernel wrote, whose length is where the next
	// register points.
	Sockaddr
	SockaddrResult
	// Buffer are the first bytes of one that is as long as the next register
	// says, BufferResult of one that is as long as the syscall's result.
	Buffer
	BufferResult
	// OpenHow and CloneArgs are addresses of structures, whose fields are
	// further arguments: UserStruct.
	OpenHow
	CloneArgs
	UserStruct
	// MessageName is the address in a struct msghdr.
	MessageName
	// FilePath is the path of a file descriptor, DirPath of a directory's or the
	// working directory, LocalAddr and RemoteAddr the addresses of a socket: all
	// from the kernel's own objects.
	FilePath
	DirPath
	LocalAddr
	RemoteAddr
	// Descriptor is a fact of the file or socket that a file descriptor leads to
	// when the syscall ends.
	Descriptor
	// HookOrDescriptor is the kernel's own object at its decision points, and
	// Descriptor where the event is made of a syscall's end.
	HookOrDescriptor
	// HookOrMemory is the kernel's own copy at its decision points, and the
	// process's memory where the event is made of a syscall's end.
	HookOrMemory
	// Program is the memory of a program that has not begun to run: the kernel
	// has filled it and nobody else has seen it.
	Program
	// RuntimeAPI is what a container runtime says.
	RuntimeAPI
)

// Registers that are none: the working directory, and the syscall's result.
const (
	cwd    = 0xff
	result = 0xfe
)

const wayMask = 0xff

// messageName is in the struct msghdr that the second register points at.
const messageName = MessageName | 1<<8

func filePath(reg From) From   { return FilePath | reg<<8 }
func dirPath(reg From) From    { return DirPath | reg<<8 }
func localAddr(reg From) From  { return LocalAddr | reg<<8 }
func remoteAddr(reg From) From { return RemoteAddr | reg<<8 }

// Way returns the way without its register.
func (f From) Way() From { return f & wayMask }

// Register returns the register that FilePath and its like look at: 0 to 5, 254
// for the syscall's result, 255 for none (the working directory).
func (f From) Register() uint8 { return uint8(f >> 8) }

// IsRegister reports whether the value is a register as it is.
func (f From) IsRegister() bool { return f >= Int32 && f <= Uint64 }

// Racy reports whether another thread of the process could have changed the
// value between the kernel's look at it and Weir's: the memory, or which file a
// descriptor stands for. What is not racy is what the kernel acted on.
func (f From) Racy() bool {
	switch f.Way() {
	case Kernel, Int32, Uint32, Int64, Uint64, OpenHow, CloneArgs, Program, RuntimeAPI:
		return false
	default:
		return f != dirPath(cwd)
	}
}

// String says in words where the value comes from.
func (f From) String() string {
	switch way := f.Way(); {
	case f.IsRegister() || way == OpenHow || way == CloneArgs:
		return "register"
	case way >= Text && way <= MessageName:
		return "user memory"
	case way == HookOrMemory:
		return "kernel or user memory"
	case way == HookOrDescriptor:
		return "kernel or descriptor"
	case way == Program:
		return "new program"
	case way == RuntimeAPI:
		return "runtime"
	case f.Racy():
		return "descriptor"
	default:
		return "kernel"
	}
}
