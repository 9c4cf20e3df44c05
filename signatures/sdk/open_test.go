package sdk_test

import (
	"testing"

	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/signatures/sdk"
)

func TestOpened(t *testing.T) {
	for _, c := range []struct {
		name        string
		flags       event.Value
		read, write bool
	}{
		{"read", event.Int(0), true, false},
		{"read with more", event.Int(0x8000 | 0x80000), true, false},
		{"write", event.Int(1 | 0x40), false, true},
		{"both", event.Int(2), true, true},
		{"neither", event.Int(3), false, false},
		{"read in words", event.String("O_RDONLY|O_LARGEFILE"), true, false},
		{"write in words", event.String("O_WRONLY|O_CREAT"), false, true},
		{"both in words", event.String("O_RDWR"), true, true},
		{"no flags", event.String("nonsense"), false, false},
		{"null", event.Value{}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := &event.Event{
				Shape:  &event.Shape{Name: "security_file_open", Args: []event.ArgSpec{{Name: "flags", Type: "int"}}},
				Values: []event.Value{c.flags}, Context: &event.Context{},
			}
			if got := sdk.OpenedToRead(e); got != c.read {
				t.Errorf("opened to read: %v", got)
			}
			if got := sdk.OpenedToWrite(e); got != c.write {
				t.Errorf("opened to write: %v", got)
			}
		})
	}
	if e := (&event.Event{Shape: &event.Shape{}}); sdk.OpenedToRead(e) || sdk.OpenedToWrite(e) {
		t.Error("an event without flags opens nothing")
	}
}
