package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/services/collector/replay"
	"github.com/weirsec/weir/services/enricher"
)

// enriched returns what reads a recording of the kernel's records and gives the
// messages that the enricher makes of them.
func enriched(ctx context.Context, from io.Reader) (func() ([]byte, error), error) {
	reader, err := replay.NewReader(from)
	if err != nil {
		return nil, err
	}
	recorded := replay.Ending(reader)
	cfg := enricher.Default()
	// All in one partition: the events keep their order.
	cfg.Partitions = 1
	service, err := enricher.New(cfg, stage.Settings{Instance: "analyze"})
	if err != nil {
		return nil, err
	}
	handler, err := service.NewHandler(0)
	if err != nil {
		return nil, err
	}
	var made []stage.Output
	return func() ([]byte, error) {
		for len(made) == 0 {
			raw, err := recorded.Next()
			if errors.Is(err, io.EOF) {
				return nil, io.EOF
			}
			if err != nil {
				return nil, err
			}
			data, err := raw.MarshalVT()
			if err != nil {
				return nil, fmt.Errorf("raw batch: %w", err)
			}
			if made, err = handler.Handle(ctx, stage.Message{Data: data}); err != nil {
				return nil, err
			}
		}
		next := made[0].Data
		made = made[1:]
		return next, nil
	}, nil
}
