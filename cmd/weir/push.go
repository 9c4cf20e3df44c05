package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/run"
	"github.com/weirsec/weir/services/detector/bundle"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/detector/problem"
)

// pushOptions are the settings of "weir signature push".
type pushOptions struct {
	bus    bus.Config
	output outputForm
	await  awaitOptions
	name   string
	author string
	// keyFile, keyID and algorithm say how the bundle is signed.
	keyFile, keyID, algorithm string
	force                     bool
}

// newPush returns "weir signature push".
func newPush() *cobra.Command {
	o := &pushOptions{output: outputHuman}
	cmd := &cobra.Command{
		Use:   "push DIR",
		Short: "Send a directory of signatures to all detectors, as a signed bundle",
		Long: `Send a directory of signatures to all detectors: what lies in it is loaded and
its tests.yaml are run, packed as an OPA bundle, signed, and stored in the
broker under a name. Every detector verifies it, loads and tests it again, and
puts it in force between two batches of events; what is stored already by that
name is replaced. A packed bundle must fit into one message of the broker, 1 MiB
by default, and may unpack to 16 MiB.`,
		Example: `  weir signature push ./my-signatures --signing-key private.pem --wait
  weir signature push ./my-signatures --name web --signing-key secret.txt --algorithm HS256`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), cmd, args[0]) },
	}
	flags := cmd.Flags()
	run.RegisterBus(flags, &o.bus)
	flags.VarP(&o.output, "output", "o", "how the result is shown")
	flags.StringVar(&o.name, "name", "", "the bundle's name (default: that of the directory)")
	flags.StringVar(&o.author, "author", "", "who pushes, for those who look (default: user@host)")
	flags.StringVar(&o.keyFile, "signing-key", "", "file with the private key (PEM) or shared secret to sign with")
	flags.StringVar(&o.keyID, "key-id", "default", "what the signature calls its key, for people")
	flags.StringVar(&o.algorithm, "algorithm", "",
		"RS256, ES256, HS256 or another that OPA signs with (default: the usual one of the key)")
	flags.BoolVar(&o.force, "force", false, "push although something does not load or a test fails; detectors look again")
	o.await.register(flags)
	return cmd
}

// pushed is what "push" tells of a bundle.
type pushed struct {
	Name      string    `json:"name"`
	Revision  uint64    `json:"revision"`
	Label     string    `json:"label"`
	Digest    string    `json:"digest"`
	Bytes     int       `json:"bytes"`
	Files     int       `json:"files"`
	Author    string    `json:"author"`
	Created   time.Time `json:"created"`
	Algorithm string    `json:"algorithm,omitempty"`
	KeyID     string    `json:"key_id,omitempty"`
	// Detectors is what became of it, where that was waited for.
	Detectors []taken `json:"detectors,omitempty"`
}

func (o *pushOptions) run(ctx context.Context, cmd *cobra.Command, dir string) error {
	files, err := o.prepare(dir)
	if err != nil {
		return err
	}
	if err := o.check(ctx, cmd.ErrOrStderr(), files, dir); err != nil {
		return err
	}
	data, p, err := o.pack(files)
	if err != nil {
		return err
	}
	log, err := run.NewLogger(cmd.ErrOrStderr(), "warn", "text", run.Colour(cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	conn, done, err := connect(ctx, o.bus, log)
	if err != nil {
		return err
	}
	defer done()
	if p.Revision, err = conn.PutBundle(ctx, p.Name, data); err != nil {
		return err
	}
	if o.output != outputJSON {
		p.print(cmd.OutOrStdout())
	}
	var waitErr error
	if p.Detectors, waitErr = o.await.wait(ctx, conn, p.Name, p.Revision); o.await.wanted {
		if o.output != outputJSON {
			printTaken(cmd.OutOrStdout(), p.Detectors)
		}
	}
	if o.output == outputJSON {
		waitErr = errors.Join(waitErr, printJSON(cmd.OutOrStdout(), p))
	}
	return waitErr
}

// prepare returns the directory's files and fills in what was not said.
func (o *pushOptions) prepare(dir string) (fs.FS, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("signature directory: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("signature directory: %s is a file: name the directory that holds it", dir)
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("signature directory: %w", err)
	}
	if o.name == "" {
		if o.name = strings.ToLower(filepath.Base(absolute)); bundle.ValidName(o.name) != nil {
			return nil, fmt.Errorf("the directory's name %q cannot be the bundle's: choose one with --name", o.name)
		}
	}
	if err := bundle.ValidName(o.name); err != nil {
		return nil, err
	}
	if o.author == "" {
		o.author = defaultAuthor()
	}
	return os.DirFS(dir), nil
}

// defaultAuthor is the user on this machine, as far as it is known.
func defaultAuthor() string {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}
	return name
}

// check loads the signatures and runs their tests, as detectors will.
func (o *pushOptions) check(ctx context.Context, messages io.Writer, files fs.FS, dir string) error {
	bad := 0
	for _, p := range load.NewLoader(load.Request{}).Check(ctx, files, dir) {
		fmt.Fprintln(messages, p)
		if p.Severity == problem.Error {
			bad++
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case bad == 0:
		return nil
	case o.force:
		fmt.Fprintf(messages, "pushed although %s: detectors will refuse it and keep what they have\n",
			count(bad, "thing is wrong", "things are wrong"))
		return nil
	default:
		return fmt.Errorf("nothing is pushed: %s", count(bad, "thing is wrong", "things are wrong"))
	}
}

// pack makes the bundle.
func (o *pushOptions) pack(files fs.FS) ([]byte, *pushed, error) {
	packing := bundle.Packing{Name: o.name, Author: o.author, Created: time.Now().UTC().Truncate(time.Second)}
	p := &pushed{Name: o.name, Author: o.author, Created: packing.Created}
	if o.keyFile != "" {
		signer, err := bundle.NewSigner(o.keyFile, o.keyID, o.algorithm)
		if err != nil {
			return nil, nil, err
		}
		packing.Signer, p.Algorithm, p.KeyID = signer, signer.Algorithm(), o.keyID
	}
	data, err := bundle.Pack(files, packing)
	if err != nil {
		return nil, nil, err
	}
	// What was packed is opened as others will open it.
	opened, err := bundle.Open(data, bundle.Trust{AllowUnsigned: true})
	if err != nil {
		return nil, nil, err
	}
	p.Label, p.Files, p.Bytes, p.Digest = opened.Label, opened.Count, len(data), digestOf(data)
	return data, p, nil
}

// digestOf identifies a packed bundle.
func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// print tells people.
func (p *pushed) print(w io.Writer) {
	fmt.Fprintf(w, "pushed %s, revision %d: %s, %s packed, label %s\n", p.Name, p.Revision,
		count(p.Files, "file", "files"), humanize.IBytes(uint64(p.Bytes)), p.Label)
	if p.Algorithm == "" {
		fmt.Fprintln(w, "It is not signed: only detectors with --allow-unsigned-bundles take it (see --signing-key).")
	}
}
