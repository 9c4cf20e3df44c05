package bus

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrAway says that no broker answers: none listens, the network does not reach
// it, or it has no leader yet. Who has time tries again; what a broker refuses is
// never ErrAway.
var ErrAway = errors.New("no broker answers")

// codeNotAvailable is a cluster without a leader, or one that does not answer yet.
const codeNotAvailable jetstream.ErrorCode = 10008

// awayError is ErrAway with the words of what happened.
type awayError struct{ error }

// Is reports that it is ErrAway.
func (awayError) Is(target error) bool { return target == ErrAway }

// Unwrap returns what happened.
func (e awayError) Unwrap() error { return e.error }

// lastingError is what waiting does not mend, however it looks.
type lastingError struct{ error }

// Unwrap returns what happened.
func (e lastingError) Unwrap() error { return e.error }

// Away reports whether an error may mend itself because the broker is not there,
// or not there yet.
func Away(err error) bool {
	var lasting lastingError
	switch {
	case err == nil, errors.As(err, &lasting), errors.Is(err, ErrDenied), isRefusal(err):
		return false
	case errors.Is(err, ErrAway):
		return true
	}
	for _, passing := range []error{
		nats.ErrNoServers, nats.ErrTimeout, nats.ErrDisconnected, nats.ErrConnectionReconnecting, nats.ErrReconnectBufExceeded,
		nats.ErrStaleConnection, nats.ErrMaxConnectionsExceeded, nats.ErrMaxAccountConnectionsExceeded, nats.ErrNoResponders,
		jetstream.ErrNoStreamResponse, context.DeadlineExceeded, io.EOF, io.ErrUnexpectedEOF,
		syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ENETDOWN,
		syscall.EPIPE,
	} {
		if errors.Is(err, passing) {
			return true
		}
	}
	var dns *net.DNSError
	var api *jetstream.APIError
	return errors.As(err, &dns) || isTimeout(err) || errors.As(err, &api) && api.ErrorCode == codeNotAvailable
}

// isRefusal reports whether a server that answers does not let the client in or
// has no JetStream.
func isRefusal(err error) bool {
	for _, refusal := range []error{
		nats.ErrAuthorization, nats.ErrAuthExpired, nats.ErrAuthRevoked, nats.ErrAccountAuthExpired,
		jetstream.ErrJetStreamNotEnabled, jetstream.ErrJetStreamNotEnabledForAccount,
	} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}
