package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/weirsec/weir/bpf"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/schemas/event"
	"github.com/weirsec/weir/services/collector/live"
	"github.com/weirsec/weir/services/detector/engine"
)

// bannerFacts is what "weir run" tells before it gets quiet.
type bannerFacts struct {
	set *engine.Set
	// attachments are nil where it is not this kernel that is watched.
	attachments     []bpf.Attachment
	source, dataDir string
	// natsURL is "" where NATS is not open to others; http is nil where off.
	natsURL string
	http    *run.HTTP
	// privileges says what was given up, notes what is lost for want of more.
	privileges string
	notes      []string
}

// printBanner says what is watched, what is not and why, and where to look.
func printBanner(w io.Writer, f bannerFacts) {
	fmt.Fprintf(w, "%s %s\n", run.VersionLine("weir"), event.Printable(f.source))
	if f.attachments != nil {
		fmt.Fprintln(w)
		// The writer decides what becomes of errors.
		_ = live.WriteSummary(w, f.attachments, wantedBy(f.set))
	}
	fmt.Fprintf(w, "Signatures  %s, set %s\n", signatureNames(f.set), f.set.Version())
	if blinded := blindSignatures(f.set, f.attachments); f.attachments != nil && len(blinded) > 0 {
		fmt.Fprintln(w, "            not observed by this version, so these see less or nothing:")
		for _, b := range blinded {
			fmt.Fprintf(w, "            %s\n", b)
		}
	}
	fmt.Fprintf(w, "Privileges  %s\n", f.privileges)
	for _, note := range f.notes {
		fmt.Fprintf(w, "            %s\n", note)
	}
	fmt.Fprintf(w, "State       %s\n", f.dataDir)
	if f.http != nil {
		fmt.Fprintf(w, "Metrics     http://%s/metrics   health: /livez /readyz /healthz\n", f.http.Addr())
	}
	if f.natsURL != "" {
		fmt.Fprintf(w, "Subscribe   nats --server %s subscribe 'weir.findings.>'\n", f.natsURL)
		fmt.Fprintf(w, "            weir findings tail --nats-url %s\n", f.natsURL)
	} else {
		fmt.Fprintln(w, "Subscribe   start with --listen 127.0.0.1:4222 to open weir.findings.> to NATS clients")
	}
	fmt.Fprintln(w, "\nFindings appear below; Ctrl-C stops.")
}

// signatureNames lists the ids of a set, shortened where there are many. They
// are their authors', so they are made safe for a terminal.
func signatureNames(set *engine.Set) string {
	const most = 8
	var ids []string
	for _, s := range set.Signatures() {
		ids = append(ids, event.Printable(s.Metadata.ID))
	}
	switch {
	case len(ids) == 0:
		return "none: nothing will be found (see --pack and --signatures)"
	case len(ids) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:most], ", "), len(ids)-most)
	default:
		return strings.Join(ids, ", ")
	}
}
