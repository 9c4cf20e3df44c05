package live

import (
	"errors"
	"fmt"
	"math"

	"github.com/dustin/go-humanize"
	"github.com/spf13/pflag"

	"github.com/weirsec/weir/services/collector/privilege"
	"github.com/weirsec/weir/services/collector/spool"
)

// DefaultSpool is how much batches may take on disk by default, 1 GiB.
const DefaultSpool = 1 << 30

// Spool says where batches wait while the broker does not take them. The zero
// value is nowhere.
type Spool struct {
	// Dir is the directory; Bytes is the most that it may take, 0 for no spool.
	Dir   string
	Bytes int64
}

// Register adds the flags that set s; bytes is the default, and where says what
// an empty Dir will mean.
func (s *Spool) Register(flags *pflag.FlagSet, bytes int64, where string) {
	s.Bytes = bytes
	flags.StringVar(&s.Dir, "spool-dir", "", "directory for batches while the broker is away (default: "+where+")")
	flags.Var((*size)(&s.Bytes), "spool-bytes", "most disk space for them, 4MiB or more; 0 for none: they wait in memory alone")
}

// OpenSpool opens the spool for the collector that Collector returns, where
// there is to be one. trouble is told what is wrong while the broker is away, ""
// for nothing. It returns what must be kept of the rights to write there.
func (m *Machine) OpenSpool(cfg Spool, trouble func(text string)) ([]privilege.Keep, error) {
	if cfg.Bytes == 0 {
		return nil, nil
	}
	s, err := spool.Open(spool.Config{Dir: cfg.Dir, Bytes: cfg.Bytes})
	if err != nil {
		return nil, err
	}
	m.spool, m.trouble = s, trouble
	return privilege.ForWriting(cfg.Dir)
}

// size is a flag's value in bytes, such as 1GiB.
type size int64

// String renders the size for --help.
func (s *size) String() string { return humanize.IBytes(uint64(*s)) }

// Type names the kind of value for --help.
func (s *size) Type() string { return "size" }

// Set parses a number with or without a unit.
func (s *size) Set(text string) error {
	n, err := humanize.ParseBytes(text)
	if err != nil {
		return fmt.Errorf("want a size such as 512MiB or 4GiB: %w", err)
	}
	if n > math.MaxInt64 {
		return errors.New("want a size such as 512MiB or 4GiB")
	}
	*s = size(n)
	return nil
}
