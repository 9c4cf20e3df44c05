package tracee

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/aquasecurity/tracee/types/detect"
)

// ErrLate means that a signature reported findings while it looked at no event:
// from a goroutine of its own, or at its start or end. No event is known that
// they belong to, so they are lost, and counted.
var ErrLate = errors.New("findings reported outside of OnEvent and OnSignal")

// inbox takes what a signature reports, whatever goroutine it does that from.
type inbox struct {
	// id is the signature's.
	id  string
	log *slog.Logger

	mu    sync.Mutex
	open  bool
	found []found
	// ended is set when nobody will ask again, told when that was logged.
	ended, told bool
	// late counts the findings that came while nobody waited for them, since
	// this was last told; total counts all of them.
	late, total int
}

// found is one finding. Its data belongs to nobody else: the author may use the
// map again for the next one.
type found struct {
	data map[string]any
	// err says what of the finding could not be kept.
	err error
}

// put is the signature's callback.
func (b *inbox) put(f *detect.Finding) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		b.late++
		b.total++
		if b.ended && !b.told {
			b.told = true
			b.log.Error("findings are lost: the signature reports after it was closed")
		}
		return
	}
	b.found = append(b.found, read(f, b.id))
}

// read copies a finding of the signature with that id.
func read(f *detect.Finding, id string) found {
	if f == nil {
		return found{err: errors.New("the signature reported nil for a finding: it is shown without data")}
	}
	var result found
	// Only the field tells no data from an empty document.
	if given := f.GetData(); f.Data != nil { //nolint:staticcheck // it is only compared
		result.data, result.err = plainMap(given)
	}
	if other := f.SigMetadata.ID; other != "" && other != id {
		result.err = errors.Join(result.err,
			fmt.Errorf("the finding says that it is of signature %q: it is shown as one of %s", other, id))
	}
	return result
}

// accept lets findings in until take.
func (b *inbox) accept() {
	b.mu.Lock()
	b.open = true
	b.mu.Unlock()
}

// take returns what came since accept, and an error where something came
// before that was lost.
func (b *inbox) take() ([]found, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	found, late := b.found, b.late
	b.open, b.late, b.found = false, 0, nil
	if late > 0 {
		return found, fmt.Errorf("%w: %d lost", ErrLate, late)
	}
	return found, nil
}

// end says that nobody will ask again, and tells how many findings were lost.
func (b *inbox) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	if b.total > 0 {
		b.log.Error("findings were lost: they were reported outside of OnEvent and OnSignal", slog.Int("findings", b.total))
	}
}
