package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"

	"github.com/nats-io/nats.go/micro"

	"github.com/weirsec/weir/schemas/lookup"
)

// Limits of the questions that wait for one endpoint: what is more is dropped by
// the client, and counted like other slow subscriptions.
const (
	maxQuestions     = 1024
	maxQuestionBytes = 8 << 20
)

// Ask answers one question to a data source. The question is a lookup.Request
// that names the source and was found to be well-formed; an error that is a
// *lookup.Error is passed on as it is, every other one as lookup.CodeInternal.
type Ask func(ctx context.Context, namespace, id string, question []byte) ([]byte, error)

// DataSourceServer answers for the data sources of one partition.
type DataSourceServer struct {
	service micro.Service
	logger  *slog.Logger
	cancel  context.CancelFunc
	once    sync.Once
	err     error
}

// ServeDataSources begins to answer questions by ask, which is called by one
// goroutine for each endpoint. All endpoints must be of one partition: a service
// begins when its instance takes a partition over, and Stop ends it when the
// partition is given up. Partitions is into how many StreamRaw is divided;
// questions about nodes of other partitions are refused. Instance names the
// process for people.
func (c *Conn) ServeDataSources(
	ctx context.Context, instance string, partitions int, endpoints []DataSourceEndpoint, ask Ask,
) (*DataSourceServer, error) {
	if len(endpoints) == 0 || ask == nil {
		return nil, errors.New("serve data sources: endpoints and somebody who answers are needed")
	}
	partition := endpoints[0].Partition
	service, err := micro.AddService(c.nc, micro.Config{
		Name: DataSourceService, Version: dataSourceVersion,
		Description: "Answers questions about the nodes of a partition: containers, processes, names",
		Metadata:    map[string]string{metaInstance: instance, metaPartition: strconv.Itoa(partition)},
	})
	if err != nil {
		return nil, fmt.Errorf("serve data sources: %w", err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &DataSourceServer{service: service, logger: c.logger, cancel: cancel}
	for _, e := range endpoints {
		err := errors.New("endpoints of several partitions")
		if e.Partition == partition {
			d := &desk{endpoint: e, partitions: partitions, ask: ask, logger: c.logger, metrics: c.metrics}
			err = service.AddEndpoint(e.name(), micro.ContextHandler(ctx, d.handle),
				micro.WithEndpointSubject(DataSourceSubject(e.Namespace, e.ID, e.Partition)),
				micro.WithEndpointMetadata(e.metadata()),
				micro.WithEndpointPendingLimits(maxQuestions, maxQuestionBytes))
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("serve data source %s/%s: %w", e.Namespace, e.ID, err), s.Stop())
		}
	}
	return s, nil
}

// Stop ends the service: questions that wait are answered no more, and the
// context of the one that is answered ends. It may be called again.
func (s *DataSourceServer) Stop() error {
	s.once.Do(func() {
		s.cancel()
		if err := s.service.Stop(); err != nil {
			s.err = fmt.Errorf("stop serving data sources: %w", err)
		}
	})
	return s.err
}

// desk takes the questions of one endpoint.
type desk struct {
	endpoint   DataSourceEndpoint
	partitions int
	ask        Ask
	logger     *slog.Logger
	metrics    *metrics
}

func (d *desk) handle(ctx context.Context, r micro.Request) {
	answer, err := d.answer(ctx, r.Data())
	if err == nil {
		err = r.Respond(answer, micro.WithHeaders(micro.Headers{"Content-Type": []string{"application/json"}}))
		if err == nil {
			d.metrics.question(ctx, d.endpoint, outcomeAnswered)
			return
		}
		err = fmt.Errorf("answer could not be sent: %w", err)
	}
	var refused *lookup.Error
	switch {
	case errors.As(err, &refused):
	case ctx.Err() != nil:
		refused = lookup.Refuse(lookup.CodeUnavailable, "the partition is being given up")
	default:
		refused = lookup.Refuse(lookup.CodeInternal, "%v", err)
		d.logger.WarnContext(ctx, "question to a data source failed",
			slog.String("source", d.endpoint.Namespace+"/"+d.endpoint.ID), slog.Any("error", err))
	}
	d.metrics.question(ctx, d.endpoint, strconv.Itoa(int(refused.Code)))
	if err := r.Error(strconv.Itoa(int(refused.Code)), headerText(refused.Text), nil); err != nil {
		d.logger.DebugContext(ctx, "refusal could not be sent", slog.Any("error", err))
	}
}

// answer checks a question, so that nothing that makes no sense reaches the one
// who answers, and has it answered.
func (d *desk) answer(ctx context.Context, text []byte) (answer []byte, err error) {
	r, err := lookup.ParseRequest(text)
	if err != nil {
		return nil, err
	}
	if (r.Namespace != "" || r.ID != "") && (r.Namespace != d.endpoint.Namespace || r.ID != d.endpoint.ID) {
		return nil, lookup.Refuse(lookup.CodeBadRequest, "the request is for %s/%s, the subject for %s/%s",
			r.Namespace, r.ID, d.endpoint.Namespace, d.endpoint.ID)
	}
	r.Namespace, r.ID = d.endpoint.Namespace, d.endpoint.ID
	if p := Partition(Token(r.Node), d.partitions); p != d.endpoint.Partition {
		return nil, lookup.Refuse(lookup.CodeBadRequest, "node %s is in partition %d, the subject is of partition %d",
			r.Node, p, d.endpoint.Partition)
	}
	question, err := r.Encode()
	if err != nil {
		return nil, err
	}
	defer func() {
		// One question must not take the process down.
		if v := recover(); v != nil {
			err = fmt.Errorf("the answer panicked: %v", v)
		}
	}()
	return d.ask(ctx, r.Namespace, r.ID, question)
}

// maxHeaderText bounds the reason of a refusal, in characters.
const maxHeaderText = 1024

// headerText makes one line of a text: the client writes headers as they are.
func headerText(text string) string {
	line := []rune(text)
	if len(line) > maxHeaderText {
		line = append(line[:maxHeaderText], '…')
	}
	if len(line) == 0 {
		return "no reason given"
	}
	for i, c := range line {
		if c < ' ' || c == 0x7f {
			line[i] = ' '
		}
	}
	return string(line)
}
