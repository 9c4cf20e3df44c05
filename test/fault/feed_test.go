package fault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/stage"
	"github.com/weirsec/weir/schemas/eventpb"
	"github.com/weirsec/weir/schemas/record"
	"github.com/weirsec/weir/services/collector"
	"github.com/weirsec/weir/services/collector/replay"
	"github.com/weirsec/weir/services/collector/spool"
)

// The environment of a copy of the test's program that is a feed.
const (
	feedURL, feedFile, feedSpool = "WEIR_FAULT_URL", "WEIR_FAULT_FILE", "WEIR_FAULT_SPOOL"
	feedBegan, feedPace          = "WEIR_FAULT_BEGAN", "WEIR_FAULT_PACE"
	feedSpoolBytes               = "WEIR_FAULT_SPOOL_BYTES"
	// feedLive names the only node whose records are given as the kernel gives
	// them: by whom does not wait.
	feedLive = "WEIR_FAULT_LIVE"
)

// serveFeed is the collector of some nodes where the program was started to be
// one: a real one, with a spool, whose source is a recording.
func serveFeed() {
	if os.Getenv(feedURL) == "" {
		return
	}
	if err := feed(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func feed() (err error) {
	began, err1 := strconv.ParseInt(os.Getenv(feedBegan), 10, 64)
	pace, err2 := time.ParseDuration(os.Getenv(feedPace))
	size, err3 := strconv.ParseInt(os.Getenv(feedSpoolBytes), 10, 64)
	file, err4 := os.Open(os.Getenv(feedFile))
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	recorded, err := replay.NewReader(file)
	if err != nil {
		return err
	}
	s, err := spool.Open(spool.Config{Dir: os.Getenv(feedSpool), Bytes: size, Reserve: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	conn, err := bus.Connect(context.Background(), bus.Config{URL: os.Getenv(feedURL)}, bus.WithLogger(logger))
	if err != nil {
		return err
	}
	cfg := collector.Config{
		Node: "feed", BootID: "feed", Subject: bus.RawSubject, Spool: s, SpoolAfter: 200 * time.Millisecond, StopTimeout: time.Minute,
		QueueBytes: 256 << 10,
	}
	from := &paced{from: replay.Ending(recorded), began: began, pace: pace, live: os.Getenv(feedLive)}
	if from.live != "" {
		cfg.Node, cfg.BatchEvents, cfg.BatchBytes, cfg.QueueBytes = from.live, 8, 8<<10, 16<<10
	}
	c, err := collector.New(cfg, from, conn, stage.Settings{Logger: logger})
	if err != nil {
		return err
	}
	err = c.Run(context.Background())
	if _, left := s.Waiting(); err == nil && left > 0 {
		err = fmt.Errorf("%d events are left in the spool", left)
	}
	return err
}

// paced plays one batch after another, each at its time by the clock, so that
// one that is started again has soon caught up.
type paced struct {
	from replay.Batches
	// began is by the clock that never jumps.
	began int64
	pace  time.Duration
	live  string
}

func (p *paced) Run(_ context.Context, to collector.Sink) error {
	for i := 0; ; i++ {
		b, err := p.from.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		time.Sleep(time.Duration(p.began-sinceBoot()) + time.Duration(i)*p.pace)
		if p.live == "" {
			to.Batch(b)
		} else if err := p.records(b, to); err != nil {
			return err
		}
	}
}

// sinceBoot is in nanoseconds, by a clock that all processes share.
func sinceBoot() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic(err) // there is no system without
	}
	return t.Nano()
}

// records gives what the only node did.
func (p *paced) records(b *eventpb.RawBatch, to collector.Sink) error {
	if b.Envelope.Node != p.live {
		return nil
	}
	for rec, err := range record.Records(b.Records) {
		if err != nil {
			return err
		}
		to.Record(rec)
	}
	to.Idle()
	return nil
}
