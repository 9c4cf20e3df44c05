package sdk

import "errors"

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
	// and ErrUnmarshal, wrapped or not.
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

// The errors of DataSource.Get.
var (
	// ErrDataNotFound means that the source does not know the key.
	ErrDataNotFound = errors.New("requested data was not found")
	// ErrKeyNotSupported means that the key is of a type that the source does
	// not take.
	ErrKeyNotSupported = errors.New("queried key is not supported")
	// ErrUnmarshal means that a value could not be understood.
	ErrUnmarshal = errors.New("given value could not be unmarshaled")
)
