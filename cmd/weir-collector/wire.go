package main

import (
	"context"
	"fmt"
	"io"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/services/collector/live"
	"github.com/weirsec/weir/services/collector/privilege"
)

// wire loads the kernel programs, gives up what is not needed after that, and
// shows what is observed; which syscalls are reported follows what the detectors
// want, as it changes. The broker may come later. files returns what is read again later.
func wire(o *options, files func() []string, messages io.Writer) run.LateWire {
	return func(ctx context.Context, frame *run.Frame, broker *run.Broker) ([]run.Component, run.Free, error) {
		if err := o.locate(); err != nil {
			return nil, nil, err
		}
		machine, err := live.Open(o.machine, frame.Settings("collector"))
		if err != nil {
			return nil, nil, err
		}
		// Nothing is left to tell of an error when the process ends.
		free := func(context.Context) { _ = machine.Close() }
		keep, err := machine.OpenSpool(o.spool, func(text string) { frame.Health.SetTrouble("spool", text) })
		if err != nil {
			return nil, free, err
		}
		service, err := machine.Collector(broker, bus.RawSubject)
		if err != nil {
			return nil, free, err
		}
		reading, err := privilege.ForReading(files()...)
		if err != nil {
			return nil, free, err
		}
		rights, err := machine.Confine(append(keep, reading...)...)
		if err != nil {
			return nil, free, err
		}
		if err := live.WriteSummary(messages, machine.Attachments(), nil); err != nil {
			return nil, free, err
		}
		fmt.Fprintf(messages, "Privileges  %s\n", rights)
		for _, note := range privilege.Notes(machine.Rights()) {
			fmt.Fprintf(messages, "            %s\n", note)
		}
		f := &follower{machine: machine, frame: frame, broker: broker}
		f.begin(ctx)
		return []run.Component{
			{Name: "collector", Run: service.Run},
			{Name: "interest", Run: f.run},
		}, free, nil
	}
}
