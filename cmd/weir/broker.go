package main

import (
	"context"
	"errors"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/embed"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/internal/stage"
)

// broker is the embedded server with one connection to it.
type broker struct {
	server *embed.Server
	conn   *bus.Conn
}

// openBroker starts the server, connects to it and makes the streams.
func openBroker(ctx context.Context, frame *run.Frame, cfg embed.Config, partitions int) (*broker, error) {
	cfg.Logger = frame.Settings("nats").Logger
	server, err := embed.Start(cfg)
	if err != nil {
		return nil, err
	}
	b := &broker{server: server}
	set := frame.Settings("bus")
	if b.conn, err = bus.Connect(ctx, bus.Config{Name: "weir"}, bus.InProcess(server),
		bus.WithLogger(set.Logger), bus.WithMeter(set.Meter)); err != nil {
		return nil, errors.Join(err, b.close(ctx))
	}
	layout := bus.Layout{Partitions: partitions, MaxBytes: server.MaxBytes()}
	if err := b.provision(ctx, layout); err != nil {
		return nil, errors.Join(err, b.close(ctx))
	}
	return b, nil
}

// provision makes the streams and the stages' consumers, or brings those of an
// earlier version to what this one wants.
func (b *broker) provision(ctx context.Context, layout bus.Layout) error {
	if err := b.conn.Provision(ctx, layout); err != nil {
		return err
	}
	for _, reader := range bus.Readers() {
		if _, err := stage.Provision(ctx, b.conn, reader, layout.PartitionCount(), false); err != nil {
			return err
		}
	}
	return nil
}

// close ends the connection, then the server.
func (b *broker) close(ctx context.Context) error {
	var errs []error
	if b.conn != nil {
		errs = append(errs, b.conn.Close(ctx))
	}
	return errors.Join(append(errs, b.server.Shutdown(ctx))...)
}
