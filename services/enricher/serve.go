package enricher

import (
	"context"
	"errors"
	"log/slog"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/datasource/query"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/lookup"
	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// Service is where questions to data sources come from: a *bus.Conn.
type Service interface {
	ServeDataSources(
		ctx context.Context, instance string, partitions int, endpoints []bus.DataSourceEndpoint, ask bus.Ask,
	) (*bus.DataSourceServer, error)
}

// Serve returns what has the data sources of a partition answer questions while
// the partition is owned: see stage.Config.Owned. Partitions is into how many
// WEIR_RAW is divided.
func (e *Enricher) Serve(service Service, partitions int) func(partition int, ask stage.Ask) (release func()) {
	return func(partition int, ask stage.Ask) func() {
		server, err := service.ServeDataSources(context.Background(), e.instance, partitions, endpoints(partition),
			func(ctx context.Context, _, _ string, question []byte) ([]byte, error) {
				answer, err := ask(ctx, question)
				if errors.Is(err, stage.ErrNotOwner) {
					return nil, lookup.Refuse(lookup.CodeUnavailable, "this instance does not own the partition any more")
				}
				return answer, err
			})
		if err != nil {
			// Events matter more than questions about them.
			e.log.Error("data sources cannot be asked", slog.Int("partition", partition), slog.Any("error", err))
			return nil
		}
		return func() {
			if err := server.Stop(); err != nil {
				e.log.Warn("data sources did not end cleanly", slog.Int("partition", partition), slog.Any("error", err))
			}
		}
	}
}

// endpoints are the data sources of a partition.
func endpoints(partition int) []bus.DataSourceEndpoint {
	var all []bus.DataSourceEndpoint
	for _, id := range []string{datasource.Containers, datasource.ProcessTree, datasource.DNS} {
		all = append(all, bus.DataSourceEndpoint{
			Namespace: datasource.Namespace, ID: id, Partition: partition,
			Version: datasource.Version, Keys: query.Keys(id), Schema: query.Schema(id),
		})
	}
	return all
}
