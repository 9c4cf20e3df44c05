package recorder

import (
	"fmt"

	"github.com/weirsec/weir/schemas/frames"
)

const (
	// minBytes is enough for a message and the account at the end.
	minBytes = 1 << 20
	// reserve is kept free for the account at the end.
	reserve = 64 << 10
	// maxMessage is what readers of recordings take at most.
	maxMessage = 8 << 20
)

// Config says what is recorded.
type Config struct {
	// Magic is the kind of messages: frames.Raw or frames.Events.
	Magic string
	// Only are the names of the wanted events; empty means all.
	Only []string
	// Count is how many events are enough, those not counted that tell what was
	// there before; 0 means that none are. MaxBytes bounds the recording, 1 GiB
	// where it is 0.
	Count    uint64
	MaxBytes int64
	// Enough is called once, when nothing more is recorded; may be nil.
	Enough func()
}

// Validate returns an error that names the setting which makes no sense.
func (c Config) Validate() error {
	switch {
	case c.Magic != frames.Raw && c.Magic != frames.Events:
		return fmt.Errorf("recorder: no recording begins with %q", c.Magic)
	case c.MaxBytes != 0 && c.MaxBytes < minBytes:
		return fmt.Errorf("recorder: a recording of up to %d bytes: want at least %d", c.MaxBytes, minBytes)
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.MaxBytes == 0 {
		c.MaxBytes = 1 << 30
	}
	if c.Enough == nil {
		c.Enough = func() {}
	}
	return c
}
