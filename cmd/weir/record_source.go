package main

import (
	"context"
	"time"

	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/services/collector"
	"github.com/weirsec/weir/services/collector/recorder"
	"github.com/weirsec/weir/services/enricher"
)

// recordSource is where the events of a recording come from.
type recordSource struct {
	what      string
	component func(to *recorder.Recorder) run.Component
	close     func() error
	// only are the events to pick out of all that come; nil takes all.
	only []string
}

// publisher returns what this machine's collector publishes to.
func (o *recordOptions) publisher(frame *run.Frame, to *recorder.Recorder) (collector.Publisher, error) {
	if o.what.value == formatRaw {
		return to, nil
	}
	cfg := enricher.Default()
	// All in one partition: the events keep their order.
	cfg.Partitions = 1
	service, err := enricher.New(cfg, frame.Settings(stageEnricher))
	if err != nil {
		return nil, err
	}
	handler, err := service.NewHandler(0)
	if err != nil {
		return nil, err
	}
	return &enriching{handler: handler, to: to}, nil
}

// enriching hands on what the enricher makes of raw batches.
type enriching struct {
	handler stage.Handler
	to      *recorder.Recorder
}

// Publish implements the collector's Publisher.
func (e *enriching) Publish(ctx context.Context, m stage.Output) error {
	made, err := e.handler.Handle(ctx, stage.Message{ID: m.ID, Received: time.Now(), Data: m.Data})
	for _, output := range made {
		if err == nil {
			err = e.to.Publish(ctx, output)
		}
	}
	return err
}
