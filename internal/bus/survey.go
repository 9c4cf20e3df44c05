package bus

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"
)

// Found is a stream or a bucket of the layout, as this user sees it.
type Found struct {
	// Kind is "stream" or "bucket".
	Kind, Name string
	// Missing says that there is none, Hidden that this user may not look.
	Missing, Hidden bool
	// Partitions are 0 where it is not divided.
	Partitions, Replicas int
	// Peers counts the servers that hold it, Behind those of them that are not
	// up to date or away.
	Peers, Behind int
}

// Survey looks at every stream and bucket that Weir uses.
func (c *Conn) Survey(ctx context.Context) ([]Found, error) {
	var all []Found
	for _, want := range (Layout{}).withDefaults().wanted() {
		f := Found{Kind: want.kind(), Name: want.name()}
		asking, judge := c.Asking(ctx, subjectAPI+"STREAM.INFO."+want.stream.Name)
		stream, err := c.js.Stream(asking, want.stream.Name)
		switch err = judge(err); {
		case errors.Is(err, jetstream.ErrStreamNotFound):
			f.Missing = true
		case errors.Is(err, ErrDenied):
			f.Hidden = true
		case err != nil:
			return all, fmt.Errorf("look at %s: %w", want.what(), err)
		default:
			f.read(stream.CachedInfo())
		}
		all = append(all, f)
	}
	return all, nil
}

func (f *Found) read(info *jetstream.StreamInfo) {
	// A number that is none counts as not divided.
	f.Partitions, _ = strconv.Atoi(info.Config.Metadata[partitionsKey])
	f.Replicas, f.Peers = info.Config.Replicas, 1
	if info.Cluster == nil {
		return
	}
	for _, peer := range info.Cluster.Replicas {
		f.Peers++
		if peer.Offline || !peer.Current {
			f.Behind++
		}
	}
}

// Storage returns how much of the account's disk space is used and how much
// there is, in bytes; a limit below 0 is none.
func (c *Conn) Storage(ctx context.Context) (used uint64, limit int64, err error) {
	ctx, judge := c.Asking(ctx, subjectAccountInfo)
	info, err := c.js.AccountInfo(ctx)
	if err = judge(err); err != nil {
		return 0, 0, fmt.Errorf("look at the account: %w", err)
	}
	return info.Store, info.Limits.MaxStore, nil
}

// Server returns the server that the connection has at present.
func (c *Conn) Server() (Server, error) {
	s := Server{URL: c.nc.ConnectedUrlRedacted(), Name: c.nc.ConnectedServerName(), Version: c.nc.ConnectedServerVersion()}
	if state, err := c.nc.TLSConnectionState(); err == nil {
		s.TLS = tls.VersionName(state.Version)
	}
	var err error
	if s.RoundTrip, err = c.nc.RTT(); err != nil {
		return s, fmt.Errorf("measure the round trip to %s: %w", s.URL, err)
	}
	return s, nil
}
