package batch

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/weirsec/weir/schemas/event"
)

// shapeTable holds the shapes of a batch in the making.
type shapeTable struct {
	rows, args table
	// shapes has the shape of each row, and where its arguments begin in args.
	shapes []*event.Shape
	begins []int
	index  pointers
}

func (s *shapeTable) reset() {
	s.rows.reset(shapeColumns)
	s.args.reset(argColumns)
	s.shapes, s.begins = s.shapes[:0], s.begins[:0]
}

func (s *shapeTable) release() {
	clear(s.shapes)
	s.index.release()
}

// shape returns the row of the event's shape with the kinds that its values
// have. A shape whose values differ in kind from event to event (null now and
// then) is written once for each combination.
func (e *Encoder) shape(ev *event.Event) int {
	s := &e.shapes
	key := unsafe.Pointer(ev.Shape)
	first := s.index.find(key)
	if first.key == nil {
		s.index.put(key, uint32(len(s.shapes)))
	} else {
		for i := int(first.value); i < len(s.shapes); i++ {
			if s.shapes[i] == ev.Shape && s.sameKinds(i, ev.Values) {
				return i
			}
		}
	}
	row := s.rows.add()
	row[shapeID] = uint64(int64(ev.Shape.ID))
	row[shapeName] = e.dictionary.add(ev.Shape.Name)
	row[shapeArgs] = uint64(len(ev.Values))
	s.shapes = append(s.shapes, ev.Shape)
	s.begins = append(s.begins, len(s.args.cells))
	for i := range ev.Values {
		name, typ := e.dictionary.add(ev.Shape.Args[i].Name), e.dictionary.add(ev.Shape.Args[i].Type)
		arg := s.args.add()
		arg[argName], arg[argType], arg[argKind] = name, typ, uint64(ev.Values[i].Kind())
	}
	return len(s.shapes) - 1
}

func (s *shapeTable) sameKinds(row int, values []event.Value) bool {
	args := s.args.cells[s.begins[row]:]
	for i := range values {
		if args[i*argColumns+argKind] != uint64(values[i].Kind()) {
			return false
		}
	}
	return true
}

// value returns the number that stands for a value.
func (e *Encoder) value(v *event.Value) uint64 {
	switch v.Kind() {
	case event.KindInt:
		n, _ := v.Int()
		return zigzag(n)
	case event.KindUint:
		n, _ := v.Uint()
		return n
	case event.KindString, event.KindBytes, event.KindJSON:
		return e.dictionary.add(v.Text())
	case event.KindBool:
		return number(v.Bool())
	case event.KindFloat:
		return math.Float64bits(v.Float())
	case event.KindStrings, event.KindMap:
		return e.list(v.List())
	default:
		return 0
	}
}

func number(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// list writes a list of texts and returns its number.
func (e *Encoder) list(items []string) uint64 {
	if len(items) == 0 {
		return 0
	}
	for _, s := range items {
		e.items.cells = append(e.items.cells, e.dictionary.add(s))
	}
	e.lists.add()[0] = uint64(len(items))
	return uint64(e.lists.rows() - 1)
}

// check reports a context that the envelope does not speak for.
func (e *Encoder) check(c *event.Context) error {
	switch {
	case c.Node != e.env.GetNode():
		return fmt.Errorf("is of node %q, the batch of %q", c.Node, e.env.GetNode())
	case c.BootID != e.env.GetBootId():
		return fmt.Errorf("is of boot %q, the batch of %q", c.BootID, e.env.GetBootId())
	default:
		return nil
	}
}
