package sdk

import (
	"errors"
	"fmt"
)

// DataSource answers look-ups about the world around events. It is read-only
// and safe for concurrent use, and it never leaves the process to answer. The
// sources that Weir has itself are in the namespace "tracee": "containers",
// "process_tree" and "dns".
type DataSource interface {
	// Namespace and ID name the source.
	Namespace() string
	ID() string
	// Version is that of keys and results; consumers refuse one that is newer
	// than they know.
	Version() uint
	// Keys are the types of keys that Get takes, in words.
	Keys() []string
	// Schema is a JSON object of the result's keys and their types.
	Schema() string
	// Get looks a key up as of the time of the event at hand, where the key
	// does not say another. Its errors are ErrDataNotFound, ErrKeyNotSupported
	// and ErrUnmarshal, wrapped or not; ErrDataPending and ErrDataLost say more
	// of why nothing was found.
	Get(key any) (map[string]any, error)
}

// Asking is a Signature that says which data sources it asks: Weir then records
// what those are made of, also where the signature selects nothing of it. Without
// it, names are only there to ask for where somebody looks at connections or at
// DNS.
type Asking interface {
	Signature
	// DataSources lists them as "namespace/id", for example "tracee/dns". It must
	// be cheap and always the same.
	DataSources() []string
}

// The errors of DataSource.Get and RequireDataSource. Compare with errors.Is.
var (
	// ErrDataNotFound means that the source does not know the key.
	ErrDataNotFound = errors.New("requested data was not found")
	// ErrDataPending is an ErrDataNotFound that may pass: nobody has told yet, or
	// the source has just asked elsewhere. A later look-up may find it.
	ErrDataPending = fmt.Errorf("%w yet", ErrDataNotFound)
	// ErrDataLost is an ErrDataNotFound of what was known once and had to be
	// forgotten for want of memory: absence proves nothing.
	ErrDataLost = fmt.Errorf("%w any more, it had to be forgotten", ErrDataNotFound)
	// ErrKeyNotSupported means that the key is of a type that the source does
	// not take; a pointer to a key is none.
	ErrKeyNotSupported = errors.New("queried key is not supported")
	// ErrUnmarshal means that a value could not be understood.
	ErrUnmarshal = errors.New("given value could not be unmarshaled")
	// ErrNoDataSource means that no source of that name is registered.
	ErrNoDataSource = errors.New("there is no such data source")
	// ErrVersionNotSupported means that a source has keys and results of a
	// version that the one who asks does not know.
	ErrVersionNotSupported = errors.New("version of the data source is not supported")
)

// RequireDataSource returns a source whose version is at most newest. A
// signature that cannot do without asks for it in Init. The errors wrap
// ErrNoDataSource and ErrVersionNotSupported.
func RequireDataSource(h Host, namespace, id string, newest uint) (DataSource, error) {
	s, ok := h.DataSource(namespace, id)
	if !ok {
		return nil, fmt.Errorf("%s/%s: %w", namespace, id, ErrNoDataSource)
	}
	if v := s.Version(); v > newest {
		return nil, fmt.Errorf("%s/%s: %w: it is %d, the newest known here is %d", namespace, id, ErrVersionNotSupported, v, newest)
	}
	return s, nil
}
