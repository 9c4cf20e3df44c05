package bus

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/weirsec/weir/schemas/lookup"
)

// AskDataSource puts a question about a node to a data source and returns the
// answer, a lookup.Reply. A refusal is a *lookup.Error; where nobody answers for
// the node's partition it has lookup.CodeUnavailable. Partitions is into how many
// StreamRaw is divided.
func (c *Conn) AskDataSource(
	ctx context.Context, partitions int, namespace, id, node string, question []byte,
) ([]byte, error) {
	p := Partition(Token(node), partitions)
	subject := DataSourceSubject(namespace, id, p)
	asking, judge := c.Asking(ctx, subject)
	m, err := c.nc.RequestWithContext(asking, subject, question)
	err = judge(err)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return nil, lookup.Refuse(lookup.CodeUnavailable,
			"nobody answers for %s/%s in partition %d, which node %s is in: is an enricher running? (weir datasource list shows which sources there are)",
			namespace, id, p, node)
	case err != nil:
		return nil, fmt.Errorf("ask %s: %w", subject, err)
	}
	if text := m.Header.Get(micro.ErrorHeader); text != "" {
		code, err := strconv.Atoi(m.Header.Get(micro.ErrorCodeHeader))
		if err != nil {
			code = int(lookup.CodeInternal)
		}
		return nil, &lookup.Error{Code: lookup.Code(code), Text: text}
	}
	return m.Data, nil
}

// ServedDataSource is one data source in one partition, as an instance serves it.
type ServedDataSource struct {
	DataSourceEndpoint
	// Instance is who answers, ID of the service that of its micro service.
	Instance, ServiceID string
}

// quietTime is how long nobody answers when all have, as far as is known.
const quietTime = 300 * time.Millisecond

// DataSources asks who answers for which data sources, and returns what comes,
// sorted by source, partition and instance: until all partitions have answered,
// or none has for as long as patience. Where their number is not known, 0, only
// the latter ends it. What is no answer of Weir's is left out.
func (c *Conn) DataSources(ctx context.Context, partitions int, patience time.Duration) ([]ServedDataSource, error) {
	subject, err := micro.ControlSubject(micro.InfoVerb, DataSourceService, "")
	if err != nil {
		return nil, fmt.Errorf("look for data sources: %w", err)
	}
	inbox, err := c.nc.SubscribeSync(c.nc.NewRespInbox())
	if err != nil {
		return nil, fmt.Errorf("look for data sources: %w", err)
	}
	defer func() { _ = inbox.Unsubscribe() }()
	if err := c.nc.PublishRequest(subject, inbox.Subject, nil); err != nil {
		return nil, fmt.Errorf("look for data sources: %w", err)
	}
	var found []ServedDataSource
	answered := make(map[int]bool)
	for {
		quiet := patience
		if partitions > 0 && len(answered) >= partitions {
			// A partition that changes hands may answer twice.
			quiet = min(quietTime, patience)
		}
		m, err := c.nextInfo(ctx, inbox, quiet)
		switch {
		case err != nil:
			return nil, fmt.Errorf("look for data sources: %w", err)
		case m == nil:
			slices.SortFunc(found, func(a, b ServedDataSource) int {
				return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.ID, b.ID),
					cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Instance, b.Instance))
			})
			return found, nil
		default:
			for _, served := range servedBy(m.Data) {
				found = append(found, served)
				answered[served.Partition] = true
			}
		}
	}
}

// nextInfo returns the next answer, nil where there is none any more: nobody is
// there, or all are quiet for so long.
func (c *Conn) nextInfo(ctx context.Context, inbox *nats.Subscription, quiet time.Duration) (*nats.Msg, error) {
	limited, cancel := context.WithTimeout(ctx, quiet)
	defer cancel()
	m, err := inbox.NextMsgWithContext(limited)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrNoResponders):
		return nil, nil
	case err != nil:
		return nil, err
	case len(m.Data) == 0 && m.Header.Get("Status") != "":
		return nil, nil
	}
	return m, nil
}

func servedBy(text []byte) []ServedDataSource {
	var info micro.Info
	if err := json.Unmarshal(text, &info); err != nil || info.Name != DataSourceService {
		return nil
	}
	var found []ServedDataSource
	for _, e := range info.Endpoints {
		if endpoint, ok := endpointOf(e); ok {
			found = append(found, ServedDataSource{
				DataSourceEndpoint: endpoint, Instance: info.Metadata[metaInstance], ServiceID: info.ID,
			})
		}
	}
	return found
}
