package batch

import (
	"fmt"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/schemas/eventpb"
)

// tables are the tables of one message as far as they are decoded.
type tables struct {
	env       *eventpb.Envelope
	texts     []string
	lists     [][]string
	shapes    []event.Shape
	processes []event.Process
	contexts  []event.Context
	slabs     slabs
	// kinds are those of all arguments, shape after shape; kindsOf are those of
	// one shape.
	kinds   []event.Kind
	kindsOf [][]event.Kind
	// fields are the columns of the message at hand; rows and more its cells.
	fields     [contextColumns][]byte
	rows, more table
	// badText and badList are indices that were looked up and do not exist, or 0:
	// look-ups stay simple by recording it here instead of returning it.
	badText, badList uint64
	// labels has those of the lists that are labels, if there are any; oddLabels
	// is a list that was looked up as labels and is none, or 0.
	labels    []event.Labels
	oddLabels uint64
}

// release lets go of everything that belongs to data or the caller.
func (t *tables) release() {
	clear(t.texts)
	clear(t.lists)
	clear(t.fields[:])
	t.env, t.shapes, t.processes, t.contexts = nil, nil, nil, nil
	t.badText, t.badList, t.oddLabels = 0, 0, 0
	t.labels = nil
}

// text returns the text of an index. There always is text 0.
func (t *tables) text(i uint64) string {
	if i >= uint64(len(t.texts)) {
		t.badText, i = i, 0
	}
	return t.texts[i]
}

// list returns the list of an index. There always is list 0.
func (t *tables) list(i uint64) []string {
	if i >= uint64(len(t.lists)) {
		t.badList, i = i, 0
	}
	return t.lists[i]
}

// check returns what was wrong with the indices that were looked up.
func (t *tables) check() error {
	if t.badText != 0 {
		return fmt.Errorf("text %d of %d", t.badText, len(t.texts))
	}
	if t.badList != 0 {
		return fmt.Errorf("list %d of %d", t.badList, len(t.lists))
	}
	return nil
}

// read makes all tables, each from one piece of memory.
func (t *tables) read(parts *[len(layoutBatch)][]byte) ([]event.Event, error) {
	for _, step := range []struct {
		name  string
		field int
		read  func(data []byte) error
	}{
		{"texts", fieldTexts, t.readTexts},
		{"lists", fieldLists, t.readLists},
		{"shapes", fieldShapes, t.readShapes},
		{"processes", fieldProcesses, t.readProcesses},
		{"contexts", fieldContexts, t.readContexts},
	} {
		if err := step.read(parts[step.field-1]); err != nil {
			return nil, fmt.Errorf("%s: %w", step.name, err)
		}
		if err := t.check(); err != nil {
			return nil, fmt.Errorf("%s: %w", step.name, err)
		}
	}
	events, err := t.readEvents(parts[fieldEvents-1])
	if err != nil {
		return nil, err
	}
	if data := parts[fieldExtras-1]; data != nil {
		if err := t.readExtras(data, events); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// table reads the first table of a message and leaves it in rows.
func (t *tables) table(data []byte, layout string, width int) error {
	if err := split(data, layout, t.fields[:len(layout)]); err != nil {
		return err
	}
	full := t.fields[0]
	n := 0
	if layout[0] == columnFull {
		n = count(full)
	} else {
		n = len(full) / 4
	}
	t.rows.width = width
	return t.rows.read(t.fields[:], layout, 0, n)
}

// second reads another table of the same message, which has n rows and begins
// with that field, and leaves it in more.
func (t *tables) second(layout string, field, width int, n uint64) error {
	// Its first column is never left out and has a byte for each number.
	if n > uint64(len(t.fields[field-1])) {
		return errNumbers
	}
	t.more.width = width
	return t.more.read(t.fields[:], layout, field-1, int(n))
}

// sum adds numbers up; numbers so big that they cannot be right become the
// biggest of all.
func sum(cells []uint64, stride int) uint64 {
	total := uint64(0)
	for i := 0; i < len(cells); i += stride {
		if cells[i] > 1<<31 || total > 1<<31 {
			return 1 << 63
		}
		total += cells[i]
	}
	return total
}

func (t *tables) readTexts(data []byte) error {
	if err := t.table(data, layoutTexts, 1); err != nil {
		return err
	}
	all := text(t.fields[fieldTextBytes-1])
	if sum(t.rows.cells, 1) != uint64(len(all)) {
		return fmt.Errorf("the lengths do not add up to %d bytes", len(all))
	}
	t.texts = t.texts[:0]
	for _, n := range t.rows.cells {
		t.texts = append(t.texts, all[:n])
		all = all[n:]
	}
	if len(t.texts) == 0 {
		// A batch without texts may leave out even the empty one.
		t.texts = append(t.texts, "")
	}
	return nil
}

func (t *tables) readLists(data []byte) error {
	if err := t.table(data, layoutLists, 1); err != nil {
		return err
	}
	if err := t.second(layoutLists, fieldListItems, 1, sum(t.rows.cells, 1)); err != nil {
		return err
	}
	items := make([]string, len(t.more.cells))
	for i, n := range t.more.cells {
		items[i] = t.text(n)
	}
	t.lists = t.lists[:0]
	for _, n := range t.rows.cells {
		if n == 0 {
			t.lists = append(t.lists, nil)
			continue
		}
		t.lists = append(t.lists, items[:n:n])
		items = items[n:]
	}
	if len(t.lists) == 0 {
		t.lists = append(t.lists, nil)
	}
	return nil
}

func (t *tables) readShapes(data []byte) error {
	if err := t.table(data, layoutShapes, shapeColumns); err != nil {
		return err
	}
	total := uint64(0)
	if len(t.rows.cells) > 0 {
		total = sum(t.rows.cells[shapeArgs:], shapeColumns)
	}
	if err := t.second(layoutShapes, fieldArgs, argColumns, total); err != nil {
		return err
	}
	n := t.rows.rows()
	args := make([]event.ArgSpec, total)
	t.shapes = make([]event.Shape, n)
	t.kinds, t.kindsOf = t.kinds[:0], t.kindsOf[:0]
	for i := range args {
		row := t.more.cells[i*argColumns:]
		args[i] = event.ArgSpec{Name: t.text(row[argName]), Type: t.text(row[argType])}
		if row[argKind] > uint64(maxKind) {
			return fmt.Errorf("unknown kind %d of argument %d", row[argKind], i)
		}
		t.kinds = append(t.kinds, event.Kind(row[argKind]))
	}
	kinds := t.kinds
	for i := range t.shapes {
		row := t.rows.cells[i*shapeColumns:]
		n := row[shapeArgs]
		t.shapes[i] = event.Shape{ID: int32(row[shapeID]), Name: t.text(row[shapeName])}
		if n > 0 {
			t.shapes[i].Args = args[:n:n]
		}
		t.kindsOf = append(t.kindsOf, kinds[:n])
		args, kinds = args[n:], kinds[n:]
	}
	return nil
}
