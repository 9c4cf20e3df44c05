package bundle

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"
)

// The bounds of a bundle.
const (
	// MaxFiles is how many files it may hold.
	MaxFiles = 4096
	// MaxFile is the largest file in it, in bytes.
	MaxFile = 1 << 20
	// MaxUnpacked is how large all its files may be together, in bytes.
	MaxUnpacked = 16 << 20
	// maxName is the longest path in it, in bytes.
	maxName = 512
)

// What is wrong with a bundle. Errors of Open wrap one of these; ErrCheck is
// for those who look further.
var (
	ErrFormat    = errors.New("not a bundle")
	ErrTooLarge  = errors.New("bundle too large")
	ErrUnsigned  = errors.New("bundle is not signed")
	ErrSignature = errors.New("bundle has no good signature")
	ErrCheck     = errors.New("bundle does not load")
)

// Reason is what an error of a bundle is counted as: "format", "size",
// "unsigned", "signature", "check" or "other".
func Reason(err error) string {
	for _, known := range []struct {
		err  error
		name string
	}{
		{ErrFormat, "format"},
		{ErrTooLarge, "size"},
		{ErrUnsigned, "unsigned"},
		{ErrSignature, "signature"},
		{ErrCheck, "check"},
	} {
		if errors.Is(err, known.err) {
			return known.name
		}
	}
	return "other"
}

// Bundle is a bundle that was opened.
type Bundle struct {
	// Label identifies the content, as whoever packed it calls it. Name is what
	// the bundle was made to be stored as, Author who packed it and Created
	// when; all of them are empty where it does not say.
	Label, Name, Author string
	Created             time.Time
	// Signed is true where the signature was verified. KeyID is the name that a
	// signature, verified or not, gives its key.
	Signed bool
	KeyID  string
	// Files are the signatures and their tests, Count is how many.
	Files fs.FS
	Count int
}

// ValidName returns an error where a bundle cannot be stored by that name.
func ValidName(name string) error {
	const most = 64
	valid := name != "" && len(name) <= most && strings.Trim(name[:1], "abcdefghijklmnopqrstuvwxyz0123456789") == "" &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
	if !valid {
		return fmt.Errorf("bundle name %q: use up to %d lower-case letters, digits, dashes and underscores, "+
			"beginning with a letter or digit", name, most)
	}
	return nil
}
