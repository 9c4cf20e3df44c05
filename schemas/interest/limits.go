package interest

// The bounds of an Interest. What is beyond them is widened where an Interest
// is made, and refused where one is read.
const (
	// MaxScopes is the largest number of scopes of an event.
	MaxScopes = 64
	// MaxTexts is the largest number of comms, uids or paths of a scope.
	MaxTexts = 64
	// MaxPath is the longest path of a scope, in bytes.
	MaxPath = 128
	// MaxComm is the longest name of a thread that the kernel has, in bytes.
	MaxComm = 15
	// MaxEvents is the largest number of events, MaxName the longest name of
	// one, in bytes.
	MaxEvents = 4096
	MaxName   = 256
	// MaxBytes is the largest Interest in JSON, in bytes: a message of the
	// broker holds it.
	MaxBytes = 512 << 10
)
