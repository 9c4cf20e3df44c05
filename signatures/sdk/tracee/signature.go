package tracee

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/aquasecurity/tracee/types/detect"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

// Signature is a signature of Tracee as one of Weir's. It looks at no event
// itself: its instances do.
type Signature struct {
	create    func() (detect.Signature, error)
	wrapped   reflect.Type
	metadata  sdk.Metadata
	selectors []sdk.Selector
	// sources are the data sources that it says it asks, which Tracee's own do
	// not.
	sources []string
	opts    Options
}

var (
	_ sdk.Asking         = (*Signature)(nil)
	_ sdk.Instanced      = (*Signature)(nil)
	_ sdk.SignalReceiver = (*Signature)(nil)
	_ sdk.SignalReceiver = (*instance)(nil)
	_ sdk.Closer         = (*instance)(nil)
	_ sdk.Movable        = (*instance)(nil)
)

// errPrototype is what a Signature says of events and signals.
var errPrototype = errors.New("a signature of Tracee looks at events through its instances only")

// New adapts a value as authors export it. Each partition gets a copy of it: the
// value itself is asked for its metadata and its selectors and never
// initialised. It is an error where it cannot be copied, which names the field,
// and where it panics or says nothing usable of itself.
func New(exported detect.Signature, opts Options) (*Signature, error) {
	if isNil(exported) {
		return nil, errors.New("the signature is nil")
	}
	create := func() (detect.Signature, error) { return duplicate(exported) }
	if _, err := create(); err != nil {
		return nil, err
	}
	return adapt(exported, create, opts)
}

// NewFromFactory adapts what a function makes anew for each partition, for
// signatures that cannot be copied. It is called once more for the metadata.
func NewFromFactory(factory func() detect.Signature, opts Options) (*Signature, error) {
	create := func() (made detect.Signature, err error) {
		defer recovered(&err, "make it")
		if made = factory(); isNil(made) {
			return nil, errors.New("the factory returned nil")
		}
		return made, nil
	}
	first, err := create()
	if err != nil {
		return nil, err
	}
	return adapt(first, create, opts)
}

// adapt asks a signature what it is.
func adapt(first detect.Signature, create func() (detect.Signature, error), opts Options) (*Signature, error) {
	s := &Signature{create: create, wrapped: reflect.TypeOf(first), opts: opts}
	var err error
	if s.metadata, err = metadataOf(first); err != nil {
		return nil, fmt.Errorf("%T: metadata: %w", first, err)
	}
	if s.selectors, err = selectorsOf(first); err != nil {
		return nil, fmt.Errorf("%T: selected events: %w", first, err)
	}
	if s.sources, err = sourcesOf(first); err != nil {
		return nil, fmt.Errorf("%T: data sources: %w", first, err)
	}
	return s, nil
}

// Metadata describes the signature.
func (s *Signature) Metadata() sdk.Metadata { return s.metadata }

// Selectors name the events that its instances look at.
func (s *Signature) Selectors() []sdk.Selector { return s.selectors }

// DataSources lists what its instances ask, where the signature has a method of
// that name, as an sdk.Asking has.
func (s *Signature) DataSources() []string { return s.sources }

// OnEvent refuses: see NewInstance.
func (s *Signature) OnEvent(*sdk.Context, *event.Event) error { return errPrototype }

// OnSignal refuses: see NewInstance. That it exists tells the engine that
// instances want signals.
func (s *Signature) OnSignal(*sdk.Context, sdk.Signal) error { return errPrototype }

// Wrapped is the type that Tracee's signature has.
func (s *Signature) Wrapped() reflect.Type { return s.wrapped }

// NewInstance makes and initialises a signature for one partition.
func (s *Signature) NewInstance(c *sdk.Context) (sdk.Signature, error) {
	made, err := s.create()
	if err != nil {
		return nil, err
	}
	i := newInstance(s, made, c)
	if err := i.init(); err != nil {
		return nil, err
	}
	return i, nil
}

func isNil(s detect.Signature) bool {
	v := reflect.ValueOf(s)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// recovered turns a panic of an author's code into an error.
func recovered(err *error, doing string) {
	if value := recover(); value != nil {
		*err = fmt.Errorf("%s: panic: %v", doing, value)
	}
}
