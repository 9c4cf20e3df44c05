package reload

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/services/detector/bundle"
	"github.com/weirsec/weir/services/detector/load"
	"github.com/weirsec/weir/services/detector/problem"
)

// keyPair is a signer with what verifies it.
func keyPair(t *testing.T) (*bundle.Signer, bundle.Trust) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for file, block := range map[string]*pem.Block{
		"private": {Type: "PRIVATE KEY", Bytes: secret}, "public": {Type: "PUBLIC KEY", Bytes: public},
	} {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	signer, err := bundle.NewSigner(dir+"/private", "k1", "")
	if err != nil {
		t.Fatal(err)
	}
	key, err := bundle.ReadKey(dir + "/public")
	if err != nil {
		t.Fatal(err)
	}
	return signer, bundle.Trust{Keys: []bundle.Key{key}}
}

// packed is a bundle of one signature with a test that wants it to match.
func packed(t *testing.T, name, id string, expected string, signer *bundle.Signer) []byte {
	t.Helper()
	files := fstest.MapFS{
		"x/signature.rego": &fstest.MapFile{Data: []byte(signature(id, "openat"))},
		"x/tests.yaml": &fstest.MapFile{Data: []byte("signature: " + expected +
			"\ncases: [{name: opened, events: [{eventName: openat}], findings: [{event: 0}]}]\n")},
	}
	data, err := bundle.Pack(files, bundle.Packing{Name: name, Author: "me", Created: time.Unix(1, 0), Signer: signer})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func store(t *testing.T, conn *bus.Conn, name string, data []byte) uint64 {
	t.Helper()
	revision, err := conn.PutBundle(t.Context(), name, data)
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

// member waits until the only detector says something that pleases.
func member(t *testing.T, conn *bus.Conn, pleases func(Status) bool) Status {
	t.Helper()
	var s Status
	eventually(t, func() string {
		members, err := conn.Members(t.Context(), MemberKind)
		if err != nil || len(members) != 1 {
			return fmt.Sprint(len(members), " members: ", err)
		}
		s = Status{}
		if err := json.Unmarshal(members[0].Value, &s); err != nil {
			t.Fatal(err)
		}
		if !pleases(s) {
			return fmt.Sprintf("the status is %+v", s)
		}
		return ""
	})
	return s
}

// A bundle that is pushed comes in force; one that is not good does not take
// its place, and everybody sees why.
func TestBundles(t *testing.T) {
	conn := bustest.Run(t)
	signer, trust := keyPair(t)
	stranger, _ := keyPair(t)
	store(t, conn, "first", packed(t, "first", "F", "F", signer))
	b := newBench(t, load.Request{Pack: "none"}, conn, trust)
	b.start()
	if !slices.Equal(b.ids(), []string{"F"}) {
		t.Fatalf("at the start %q are in force", b.ids())
	}
	good := store(t, conn, "corp", packed(t, "corp", "A", "A", signer))
	s := member(t, conn, func(s Status) bool { return len(s.Bundles) == 2 && s.Bundles[0].Revision == good })
	if !slices.Equal(b.ids(), []string{"A", "F"}) || s.Set != b.set.Version() || s.Bundles[0].Author != "me" || s.Count != 2 {
		t.Errorf("in force are %q, status %+v", b.ids(), s)
	}
	bad := []struct {
		name, data, reason, text string
	}{
		{"not signed", string(packed(t, "corp", "B", "B", nil)), "unsigned", "not signed"},
		{"signed by another", string(packed(t, "corp", "B", "B", stranger)), "signature", `key "k1"`},
		{"of another name", string(packed(t, "prod", "B", "B", signer)), "signature", `"prod"`},
		{"noise", "noise", "format", "not a bundle"},
		{"a test that fails", string(packed(t, "corp", "B", "C", signer)), "check", `signature "C" is not loaded`},
	}
	for i, c := range bad {
		t.Run(c.name, func(t *testing.T) {
			b.messages.take()
			revision := store(t, conn, "corp", []byte(c.data))
			s := member(t, conn, func(s Status) bool { return len(s.Bundles) == 2 && s.Bundles[0].Refused == revision })
			if s.Bundles[0].Revision != good || !strings.Contains(s.Bundles[0].Reason, c.text) || !slices.Equal(b.ids(), []string{"A", "F"}) {
				t.Errorf("in force are %q, status %+v, want a reason with %q", b.ids(), s, c.text)
			}
			if b.counted("weir.detector.bundles.refused")[c.reason] == 0 {
				t.Errorf("not counted as %s: %v", c.reason, b.counted("weir.detector.bundles.refused"))
			}
			want := fmt.Sprintf("corp: revision %d is refused (", revision)
			if got := b.troubleOf("bundles"); !strings.Contains(got, want) || !strings.Contains(got, fmt.Sprintf("in force is revision %d", good)) {
				t.Errorf("case %d: health %q, want %q", i, got, want)
			}
		})
	}
	better := store(t, conn, "corp", packed(t, "corp", "B", "B", signer))
	member(t, conn, func(s Status) bool {
		return len(s.Bundles) == 2 && s.Bundles[0].Revision == better && s.Bundles[0].Refused == 0
	})
	if got := b.troubleOf("bundles"); got != "" || !slices.Equal(b.ids(), []string{"B", "F"}) {
		t.Errorf("health %q, in force are %q", got, b.ids())
	}
	if err := conn.RemoveBundle(t.Context(), "corp"); err != nil {
		t.Fatal(err)
	}
	member(t, conn, func(s Status) bool { return len(s.Bundles) == 1 && s.Count == 1 })
	if !slices.Equal(b.ids(), []string{"F"}) {
		t.Errorf("after the removal %q are in force", b.ids())
	}
}

// Whoever starts while the newest version is bad takes the newest good one,
// but none from before a removal.
func TestStartWithABadBundle(t *testing.T) {
	conn := bustest.Run(t)
	signer, trust := keyPair(t)
	good := store(t, conn, "corp", packed(t, "corp", "A", "A", signer))
	bad := store(t, conn, "corp", packed(t, "corp", "B", "B", nil))
	store(t, conn, "gone", packed(t, "gone", "G", "G", signer))
	if err := conn.RemoveBundle(t.Context(), "gone"); err != nil {
		t.Fatal(err)
	}
	store(t, conn, "gone", []byte("noise"))
	b := newBench(t, load.Request{Pack: "none"}, conn, trust)
	b.start()
	if !slices.Equal(b.ids(), []string{"A"}) {
		t.Errorf("in force are %q", b.ids())
	}
	s := b.Status()
	if len(s.Bundles) != 2 || s.Bundles[0].Revision != good || s.Bundles[0].Refused != bad || s.Bundles[1].Revision != 0 {
		t.Errorf("status %+v", s.Bundles)
	}
}

// A bundle whose signatures cannot be put in force is told of as refused.
func TestBundleThatCannotComeInForce(t *testing.T) {
	conn := bustest.Run(t)
	signer, trust := keyPair(t)
	first := store(t, conn, "corp", packed(t, "corp", "A", "A", signer))
	b := newBench(t, load.Request{Pack: "none", Only: []string{"A"}}, conn, trust)
	b.start()
	second := store(t, conn, "corp", packed(t, "corp", "B", "B", signer))
	s := member(t, conn, func(s Status) bool { return s.Failure != "" })
	if s.Bundles[0].Revision != first || s.Bundles[0].Refused != second || !slices.Equal(b.ids(), []string{"A"}) {
		t.Errorf("in force are %q, status %+v", b.ids(), s)
	}
}

// Without a broker the detector has what it has, and says so.
func TestBundlesWithoutABucket(t *testing.T) {
	conn := bustest.Run(t)
	if err := conn.JetStream().DeleteKeyValue(t.Context(), bus.BucketSignatures); err != nil {
		t.Fatal(err)
	}
	b := newBench(t, load.Request{}, conn, bundle.Trust{})
	b.start()
	eventually(t, func() string {
		if got := b.troubleOf("bundles"); !strings.Contains(got, "not read") || len(b.ids()) == 0 {
			return fmt.Sprintf("health %q, in force are %q", got, b.ids())
		}
		return ""
	})
	if n := strings.Count(b.log.take(), "bundles are not read"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	if err := conn.Provision(t.Context(), bus.Layout{MaxBytes: 256 << 20}); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string { return b.troubleOf("bundles") })
}

// A panic while a bundle is looked at refuses the bundle, and nothing more.
func TestBundleThatPanics(t *testing.T) {
	conn := bustest.Run(t)
	signer, trust := keyPair(t)
	b := newBench(t, load.Request{}, conn, trust)
	b.cfg.Bundles.Check = func(context.Context, string, fs.FS) []problem.Problem { panic("a defect") }
	b.start()
	bad := store(t, conn, "corp", packed(t, "corp", "A", "A", signer))
	s := member(t, conn, func(s Status) bool { return len(s.Bundles) == 1 && s.Bundles[0].Refused == bad })
	if !strings.Contains(s.Bundles[0].Reason, "looking at it panics: a defect") || len(b.ids()) == 0 {
		t.Errorf("status %+v, in force are %q", s, b.ids())
	}
}
