package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/rights"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/internal/stage"
)

// The states of a check.
const (
	checkGood    = "ok"
	checkBad     = "bad"
	checkUnknown = "unknown"
)

// check is one line of what the doctor finds of NATS.
type check struct {
	Name  string `json:"check"`
	State string `json:"state"`
	Text  string `json:"text"`
}

// natsDoctor looks at a NATS server as one of its users.
type natsDoctor struct {
	cfg bus.Config
	// role is what the user shall be able to do, "" for anything.
	role, node string
	// wanted says that there is a server to look at.
	wanted bool

	checks     []check
	partitions int
}

func (d *natsDoctor) register(flags *pflag.FlagSet) {
	run.RegisterBus(flags, &d.cfg)
	flags.StringVar(&d.role, "role", "", "what the NATS user shall work as: "+strings.Join(rights.Roles(), ", "))
	flags.StringVar(&d.node, "node", "", "the node of a collector's NATS user (default: the host's name)")
}

// complete fills in what the flags leave open.
func (d *natsDoctor) complete(flags *pflag.FlagSet) error {
	if d.role != "" && !slices.Contains(rights.Roles(), d.role) {
		return fmt.Errorf("--role %s: the roles are %s", d.role, strings.Join(rights.Roles(), ", "))
	}
	d.wanted = d.role != "" || flags.Changed("nats-url") || os.Getenv("NATS_URL") != ""
	if d.node == "" {
		var err error
		if d.node, err = os.Hostname(); err != nil {
			return fmt.Errorf("name this machine (set --node): %w", err)
		}
	}
	if d.role != "" && d.role != rights.Collector {
		d.node = ""
	}
	if d.role != "" && !flags.Changed("nats-inbox-prefix") {
		d.cfg.InboxPrefix = bus.Inbox(d.role, d.node)
	}
	return nil
}

// errNATS ends the doctor where something is bad; the table says what.
var errNATS = errors.New("NATS is not ready for this user: see the lines marked bad")

// examine fills the table. The error says that a line of it is bad.
func (d *natsDoctor) examine(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	conn, err := bus.Connect(ctx, d.cfg, bus.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		d.add("connection", checkBad, err.Error())
		return errNATS
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	d.connection(conn)
	who, known := d.user(ctx, conn)
	d.storage(ctx, conn)
	d.layout(ctx, conn)
	d.consumers(ctx, conn)
	if known {
		d.rights(who)
	}
	if slices.ContainsFunc(d.checks, func(c check) bool { return c.State == checkBad }) {
		return errNATS
	}
	return nil
}

func (d *natsDoctor) add(name, state, text string) {
	d.checks = append(d.checks, check{name, state, text})
}

func (d *natsDoctor) connection(conn *bus.Conn) {
	server, err := conn.Server()
	if err != nil {
		d.add("connection", checkBad, err.Error())
		return
	}
	security := "no TLS"
	if server.TLS != "" {
		security = server.TLS
	}
	d.add("connection", checkGood, fmt.Sprintf("%s (%s, NATS %s), %s, round trip %v",
		server.URL, server.Name, server.Version, security, server.RoundTrip.Round(10*time.Microsecond)))
}

func (d *natsDoctor) user(ctx context.Context, conn *bus.Conn) (bus.Identity, bool) {
	who, err := conn.Identity(ctx)
	if err != nil {
		d.add("user", checkUnknown, err.Error())
		return who, false
	}
	d.add("user", checkGood, fmt.Sprintf("%s of account %s", orNone(who.User), who.Account))
	return who, true
}

func (d *natsDoctor) storage(ctx context.Context, conn *bus.Conn) {
	used, limit, err := conn.Storage(ctx)
	if err != nil {
		d.add("jetstream", checkUnknown, err.Error())
		return
	}
	text := byteSize(used).text() + " stored, no limit"
	if limit >= 0 {
		text = fmt.Sprintf("%s of %s stored", byteSize(used).text(), byteSize(limit).text())
	}
	d.add("jetstream", checkGood, text)
}

// layout says whether all streams and buckets are there.
func (d *natsDoctor) layout(ctx context.Context, conn *bus.Conn) {
	found, err := conn.Survey(ctx)
	if err != nil {
		d.add("streams", checkBad, err.Error())
		return
	}
	for _, kind := range []string{"stream", "bucket"} {
		var there, hidden int
		var bad []string
		replicas := 0
		for _, f := range found {
			switch {
			case f.Kind != kind:
			case f.Missing:
				bad = append(bad, f.Name+" is missing: run \"weir nats provision\"")
			case f.Hidden:
				hidden++
			default:
				there++
				replicas = max(replicas, f.Replicas)
				bad = append(bad, d.compare(f)...)
			}
		}
		text := count(there, "found", "found")
		if d.partitions > 0 && kind == "stream" {
			text += fmt.Sprintf(", %d partitions", d.partitions)
		}
		if replicas > 1 {
			text += fmt.Sprintf(", %d replicas", replicas)
		}
		if hidden > 0 {
			text += fmt.Sprintf(", %d this user may not look at", hidden)
		}
		d.result(kind+"s", text, bad)
	}
}

// compare returns what is wrong with a stream that is there.
func (d *natsDoctor) compare(f bus.Found) []string {
	var bad []string
	if f.Partitions > 0 && d.partitions > 0 && f.Partitions != d.partitions {
		bad = append(bad, fmt.Sprintf("%s has %d partitions, others have %d", f.Name, f.Partitions, d.partitions))
	}
	if f.Partitions > 0 {
		d.partitions = f.Partitions
	}
	if f.Behind > 0 {
		bad = append(bad, fmt.Sprintf("%s: %d of %d servers are away or behind", f.Name, f.Behind, f.Peers))
	}
	return bad
}

// consumers says whether the stages find theirs.
func (d *natsDoctor) consumers(ctx context.Context, conn *bus.Conn) {
	if d.partitions == 0 {
		return
	}
	var there, hidden int
	var bad []string
	for _, reader := range bus.Readers() {
		changes, err := stage.Provision(ctx, conn, reader, d.partitions, true)
		switch {
		case errors.Is(err, bus.ErrDenied):
			hidden++
			continue
		case err != nil:
			bad = append(bad, err.Error())
			continue
		}
		missing := 0
		for _, c := range changes {
			switch c.Action {
			case bus.ActionCreate:
				missing++
			case bus.ActionUpdate:
				bad = append(bad, fmt.Sprintf("%s: %s: run \"weir nats provision\"", c.Name, settingsText(c.Settings)))
			}
		}
		there += len(changes) - missing
		if missing > 0 {
			bad = append(bad, fmt.Sprintf("%d of the %s are missing: run \"weir nats provision\"", missing, reader.Stage))
		}
	}
	text := count(there, "found", "found")
	if hidden > 0 {
		text += fmt.Sprintf(", those of %s this user may not look at", count(hidden, "stage", "stages"))
	}
	d.result("consumers", text, bad)
}

// rights says what the user may work as.
func (d *natsDoctor) rights(who bus.Identity) {
	partitions := max(d.partitions, 1)
	if d.role != "" {
		need, err := rights.Of(d.role, d.node, partitions)
		if err != nil {
			d.add("rights", checkBad, err.Error())
			return
		}
		var bad []string
		if missing := need.Missing(who); len(missing) > 0 {
			bad = append(bad, fmt.Sprintf("not enough for %s: may not %s", d.role, strings.Join(missing, ", nor ")))
		}
		d.result("rights", "enough for "+d.role, bad)
		return
	}
	var enough []string
	for _, role := range rights.Roles() {
		node := ""
		if role == rights.Collector {
			node = d.node
		}
		if need, err := rights.Of(role, node, partitions); err == nil && len(need.Missing(who)) == 0 {
			enough = append(enough, role)
		}
	}
	if len(enough) == 0 {
		d.add("rights", checkUnknown, "not those of any service of Weir's; --role names one to see what is missing")
		return
	}
	d.add("rights", checkGood, "enough for "+strings.Join(enough, ", "))
}

func (d *natsDoctor) result(name, good string, bad []string) {
	if len(bad) > 0 {
		d.add(name, checkBad, strings.Join(bad, "; "))
		return
	}
	d.add(name, checkGood, good)
}

// writeChecks shows the table.
func writeChecks(w io.Writer, checks []check) error {
	table := fittedTable{}
	table.add("NATS", "STATE", "")
	for _, c := range checks {
		for i, line := range strings.Split(c.Text, "; ") {
			if i == 0 {
				table.add(c.Name, c.State, line)
				continue
			}
			table.add("", "", line)
		}
	}
	return table.write(w, 0)
}

func orNone(user string) string {
	if user == "" {
		return "nobody (no credentials)"
	}
	return user
}
