package tracee

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/aquasecurity/tracee/types/detect"
)

// duplicate returns a copy of a signature that shares nothing with it that
// could change: maps, slices and what pointers lead to are copied too. What
// cannot be copied safely is an error that names the field: a channel, a closure
// or something of the standard library that is at work, like an open file.
func duplicate(s detect.Signature) (copied detect.Signature, err error) {
	defer recovered(&err, fmt.Sprintf("copy a %T", s))
	given := reflect.ValueOf(s)
	made := reflect.New(given.Type()).Elem()
	made.Set(given)
	c := &copier{home: homeOf(given.Type()), seen: map[pointer]reflect.Value{}}
	if err := c.detach(made, given.Type().String()); err != nil {
		return nil, fmt.Errorf("it cannot be copied for each partition: %w; make it in Init instead", err)
	}
	copied, ok := reflect.TypeAssert[detect.Signature](made)
	if !ok {
		return nil, fmt.Errorf("a copy of %T is no signature", s)
	}
	return copied, nil
}

// copier makes one copy.
type copier struct {
	// home is the first element of the signature's package path.
	home string
	seen map[pointer]reflect.Value
	// depth is how deep the value at hand lies.
	depth int
}

// maxDepth ends values that hold themselves, as a map can.
const maxDepth = 10_000

// pointer is one pointer: the address of a struct is also that of its first
// field.
type pointer struct {
	at  unsafe.Pointer
	typ reflect.Type
}

func homeOf(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	first, _, _ := strings.Cut(t.PkgPath(), "/")
	return first
}

// detach replaces everything in an addressable value that is shared with the
// one it was copied from. The path leads to it, for people.
func (c *copier) detach(v reflect.Value, path string) error {
	if c.depth++; c.depth > maxDepth {
		return fmt.Errorf("%s… holds itself, or is more than %d deep", path[:min(len(path), 80)], maxDepth)
	}
	defer func() { c.depth-- }()
	if !v.CanSet() {
		// A field that is not exported is copied like any other.
		v = reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
	}
	switch v.Kind() {
	case reflect.Struct:
		return c.detachFields(v, path)
	case reflect.Array:
		return c.detachElements(v, path)
	case reflect.Slice:
		if v.IsNil() {
			return nil
		}
		made := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(made, v)
		v.Set(made)
		return c.detachElements(v, path)
	case reflect.Map:
		return c.detachMap(v, path)
	case reflect.Pointer:
		return c.detachPointer(v, path)
	case reflect.Interface:
		return c.detachInterface(v, path)
	case reflect.Func:
		return checkFunc(v, path)
	case reflect.Chan, reflect.UnsafePointer:
		if !v.IsNil() {
			return fmt.Errorf("%s is a %s", path, v.Type())
		}
	}
	return nil
}

func (c *copier) detachFields(v reflect.Value, path string) error {
	if unchanging(v.Type()) {
		return nil
	}
	for i := range v.NumField() {
		if err := c.detach(v.Field(i), path+"."+v.Type().Field(i).Name); err != nil {
			return err
		}
	}
	return nil
}

func (c *copier) detachElements(v reflect.Value, path string) error {
	for i := range v.Len() {
		if err := c.detach(v.Index(i), fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	return nil
}

func (c *copier) detachMap(v reflect.Value, path string) error {
	if v.IsNil() {
		return nil
	}
	made := reflect.MakeMapWithSize(v.Type(), v.Len())
	for entries := v.MapRange(); entries.Next(); {
		key, err := c.detached(entries.Key(), path)
		if err != nil {
			return err
		}
		value, err := c.detached(entries.Value(), fmt.Sprintf("%s[%v]", path, entries.Key()))
		if err != nil {
			return err
		}
		made.SetMapIndex(key, value)
	}
	v.Set(made)
	return nil
}

func (c *copier) detachPointer(v reflect.Value, path string) error {
	target := v.Type().Elem()
	if v.IsNil() || unchanging(target) {
		return nil
	}
	if c.foreign(target) {
		return fmt.Errorf("%s is a %s that exists already", path, v.Type())
	}
	at := pointer{v.UnsafePointer(), v.Type()}
	made, known := c.seen[at]
	if !known {
		made = reflect.New(target)
		made.Elem().Set(v.Elem())
		c.seen[at] = made
		if err := c.detach(made.Elem(), path); err != nil {
			return err
		}
	}
	v.Set(made.Convert(v.Type()))
	return nil
}

func (c *copier) detachInterface(v reflect.Value, path string) error {
	if v.IsNil() {
		return nil
	}
	made, err := c.detached(v.Elem(), path)
	if err != nil {
		return err
	}
	v.Set(made)
	return nil
}

// detached returns a copy of a value that has no address of its own.
func (c *copier) detached(v reflect.Value, path string) (reflect.Value, error) {
	made := reflect.New(v.Type()).Elem()
	made.Set(v)
	return made, c.detach(made, path)
}

// foreign reports whether a type is one of the standard library, whose values
// may hold what a copy must not: locks, files, goroutines that know them.
func (c *copier) foreign(t reflect.Type) bool {
	first, _, _ := strings.Cut(t.PkgPath(), "/")
	return first != "" && first != c.home && first != "plugin" && first != "main" && !strings.Contains(first, ".")
}

// unchanging reports whether values of a type never change, so that copies may
// share them.
func unchanging(t reflect.Type) bool {
	return slices.Contains([]reflect.Type{
		reflect.TypeFor[regexp.Regexp](), reflect.TypeFor[time.Location](), reflect.TypeFor[time.Time](),
		reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.Prefix](), reflect.TypeFor[netip.AddrPort](),
		reflect.TypeOf(errors.New("")).Elem(),
	}, t)
}

// checkFunc lets functions pass and refuses what holds variables of its own.
func checkFunc(v reflect.Value, path string) error {
	if v.IsNil() {
		return nil
	}
	name := runtime.FuncForPC(v.Pointer()).Name()
	if strings.Contains(name, ".func") || strings.HasSuffix(name, "-fm") {
		return fmt.Errorf("%s is a function with variables of its own", path)
	}
	return nil
}
