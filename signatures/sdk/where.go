package sdk

import (
	"errors"
	"fmt"
	"slices"

	"github.com/weirsec/weir/schemas/interest"
)

// Where is what OnEvent would look for first: an event that it does not hold for
// never reaches the signature, and where nobody else wants it, the kernel does
// not even record it. It holds where each of its fields that is not empty holds.
type Where struct {
	// Comms are names of threads: the thread's is one of them.
	Comms []string
	// UIDs are real user ids: the thread's is one of them.
	UIDs []uint32
	// Paths are beginnings of the event's path: it begins with one of them.
	// Events whose path could not be read are not meant. The path is the
	// argument "pathname" of open, openat, openat2, creat, execve and execveat
	// (the text that the program gave) and of security_file_open (the file that
	// was opened); other events have none to be narrowed by.
	Paths []string
}

// Validate returns an error that says what is wrong with the Where of a
// selector of events of that name.
func (w *Where) Validate(event string) error {
	if w == nil {
		return nil
	}
	if len(w.Comms)+len(w.UIDs)+len(w.Paths) == 0 {
		return errors.New("it names nothing: leave it out to get every event")
	}
	if arg, _ := interest.PathArg(event); arg == "" && len(w.Paths) > 0 {
		return fmt.Errorf("paths: events of %s cannot be narrowed by a path: look at it in OnEvent", orAny(event))
	}
	if slices.Contains(w.Paths, "") {
		return errors.New("paths: an empty text begins every path")
	}
	for _, comm := range w.Comms {
		if len(comm) > interest.MaxComm {
			return fmt.Errorf("comms: %q is longer than the %d bytes that the kernel keeps of a name", comm, interest.MaxComm)
		}
	}
	return nil
}

func orAny(event string) string {
	if event == "" || event == interest.All {
		return "any name"
	}
	return event
}

// String says what is meant, for people.
func (w Where) String() string {
	return interest.Scope{Comms: w.Comms, UIDs: w.UIDs, Paths: w.Paths}.String()
}
