package state

import (
	"errors"
	"fmt"
	"time"
)

const (
	// defaultEntries bounds a store that does not say how large it may be.
	defaultEntries = 65_536
	// maxEntries is the most that a store may ask for.
	maxEntries = 1 << 24
	// bytesPerEntry is how much texts may take on average: a store of n
	// entries holds at most n times as many bytes.
	bytesPerEntry = 1024
	// leastBytes is what a store of few entries may hold.
	leastBytes = 1 << 20
)

// Spec declares a Store.
type Spec struct {
	// Name tells the stores of one owner apart.
	Name string
	// TTL is how long an entry is kept after it was last put.
	TTL time.Duration
	// MaxEntries bounds the store; 0 means 65,536.
	MaxEntries int
}

// Validate returns an error that says what to change in the declaration.
func (s Spec) Validate() error {
	switch {
	case s.Name == "":
		return errors.New("a store has no name: give it one that is unique in the signature")
	case s.TTL <= 0:
		return fmt.Errorf("the TTL of the store %q must be positive, not %s", s.Name, s.TTL)
	case s.MaxEntries < 0 || s.MaxEntries > maxEntries:
		return fmt.Errorf("the store %q asks for %d entries: 0 means %d, and %d are the most",
			s.Name, s.MaxEntries, defaultEntries, maxEntries)
	}
	return nil
}

// ValidateAll returns an error where a declaration is wrong or two have one
// name.
func ValidateAll(specs []Spec) error {
	seen := make(map[string]bool, len(specs))
	for _, s := range specs {
		if err := s.Validate(); err != nil {
			return err
		}
		if seen[s.Name] {
			return fmt.Errorf("the store %q is declared twice: names are unique in a signature", s.Name)
		}
		seen[s.Name] = true
	}
	return nil
}
