package bucket

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/weirsec/weir/internal/bus"
)

const (
	scheme = "kv"
	// DefaultNamespace is that of sources which say none.
	DefaultNamespace = "kv"
	// DefaultMaxBytes bounds the copy of a bucket.
	DefaultMaxBytes = 64 << 20
	minMaxBytes     = 64 << 10
	maxMaxBytes     = 4 << 30
)

// Spec says which bucket is a data source, and what it is called.
type Spec struct {
	Bucket string
	// Namespace and ID are what signatures ask for.
	Namespace, ID string
	// MaxBytes bounds the copy, about, in bytes of memory.
	MaxBytes int
}

// ParseSpec reads kv://BUCKET[?namespace=N&id=I&max-bytes=SIZE]. The namespace
// is "kv" and the id is the bucket's name where they are not given; sizes are as
// in 64MiB.
func ParseSpec(text string) (Spec, error) {
	s, err := parseSpec(text)
	if err != nil {
		return Spec{}, fmt.Errorf("data source %q: %w", text, err)
	}
	return s, nil
}

func parseSpec(text string) (Spec, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		// Its text repeats the address.
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err
		}
		return Spec{}, fmt.Errorf("want kv://BUCKET: %w", err)
	case u.Scheme != scheme || u.Opaque != "":
		return Spec{}, errors.New("want kv://BUCKET, such as kv://allowed")
	case u.User != nil || strings.Trim(u.Path, "/") != "" || u.Fragment != "":
		return Spec{}, errors.New("only the bucket's name may stand behind kv://, then ?namespace=, id= and max-bytes=")
	}
	s := Spec{Bucket: u.Host, Namespace: DefaultNamespace, ID: u.Host, MaxBytes: DefaultMaxBytes}
	if err := bus.ValidBucket(s.Bucket); err != nil {
		return Spec{}, err
	}
	settings, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Spec{}, err
	}
	for key, values := range settings {
		if len(values) > 1 || values[0] == "" {
			return Spec{}, fmt.Errorf("%s must be given once and not be empty", key)
		}
		if err := s.set(key, values[0]); err != nil {
			return Spec{}, err
		}
	}
	return s, nil
}

func (s *Spec) set(key, value string) error {
	switch key {
	case "namespace":
		s.Namespace = value
	case "id":
		s.ID = value
	case "max-bytes":
		n, err := humanize.ParseBytes(value)
		if err != nil || n < minMaxBytes || n > maxMaxBytes {
			return fmt.Errorf("max-bytes is %q: want a size from %s to %s", value, humanize.IBytes(minMaxBytes), humanize.IBytes(maxMaxBytes))
		}
		s.MaxBytes = int(n)
	default:
		return fmt.Errorf("%q is not known: there are namespace, id and max-bytes", key)
	}
	return nil
}

// String is the source's name as people read it.
func (s Spec) String() string { return s.Namespace + "/" + s.ID }
