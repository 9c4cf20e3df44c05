package stagetest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/internal/stage/stagetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCheck(t *testing.T) {
	var inputs []bus.Message
	for i := range 300 {
		inputs = append(inputs, bus.Message{
			Subject: bus.RawSubject(fmt.Sprint("node", i%7)), ID: fmt.Sprint("in/", i),
			Data: []byte(strings.Repeat("x", i*10)),
		})
	}
	stagetest.Check(t, stagetest.Case{
		Stream: bus.StreamRaw, Filter: bus.RawFilter, OutStream: bus.StreamEvents, Inputs: inputs,
		NewHandler: func(p int) (stage.Handler, error) {
			return stage.HandlerFunc(func(_ context.Context, in stage.Message) ([]stage.Output, error) {
				var outputs []stage.Output
				for part := range len(in.Data) % 3 {
					outputs = append(outputs, stage.Output{
						Subject: bus.EventsSubject(p, "n"), ID: fmt.Sprint(in.ID, "/", part), Data: in.Data,
					})
				}
				return outputs, nil
			}), nil
		},
	})
}
