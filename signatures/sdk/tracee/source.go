package tracee

import (
	"errors"
	"fmt"

	"github.com/aquasecurity/tracee/types/detect"

	"github.com/weirsec/weir/signatures/sdk"
)

// ForTracee returns a data source of Weir's as signatures of Tracee ask it: with
// the keys and results of Tracee's types module, and errors that are Tracee's
// as well.
func ForTracee(s sdk.DataSource) detect.DataSource {
	if theirs, ok := s.(*fromTracee); ok {
		return theirs.inner
	}
	return &toTracee{s}
}

// FromTracee returns a data source of Tracee's as Weir's signatures ask it. What
// it says of itself is asked once. It is an error where it is nil, has no name
// or panics.
func FromTracee(d detect.DataSource) (s sdk.DataSource, err error) {
	if d == nil {
		return nil, errors.New("the data source is nil")
	}
	defer recovered(&err, fmt.Sprintf("ask a %T what it is", d))
	if ours, ok := d.(*toTracee); ok {
		return ours.DataSource, nil
	}
	made := &fromTracee{
		inner: d, namespace: d.Namespace(), id: d.ID(), version: d.Version(), keys: d.Keys(), schema: d.Schema(),
	}
	if made.namespace == "" || made.id == "" {
		return nil, fmt.Errorf("a %T has no namespace or no id", d)
	}
	return made, nil
}

// toTracee is a source of Weir's for signatures of Tracee.
type toTracee struct{ sdk.DataSource }

// Get looks up a key of either world.
func (s *toTracee) Get(key any) (map[string]any, error) {
	result, err := s.DataSource.Get(keyFromTracee(key))
	if err != nil {
		return nil, inBoth(err)
	}
	return resultForTracee(result), nil
}

// fromTracee is a source of Tracee's for signatures of Weir. Code that came
// from elsewhere must not bring a partition down: a panic is an error.
type fromTracee struct {
	inner         detect.DataSource
	namespace, id string
	version       uint
	keys          []string
	schema        string
}

func (s *fromTracee) Namespace() string { return s.namespace }
func (s *fromTracee) ID() string        { return s.id }
func (s *fromTracee) Version() uint     { return s.version }
func (s *fromTracee) Keys() []string    { return s.keys }
func (s *fromTracee) Schema() string    { return s.schema }

// Get looks up a key of either world.
func (s *fromTracee) Get(key any) (result map[string]any, err error) {
	defer recovered(&err, "data source "+s.namespace+"/"+s.id)
	result, err = s.inner.Get(keyForTracee(key))
	if err != nil {
		return nil, inBoth(err)
	}
	return resultFromTracee(result), nil
}
