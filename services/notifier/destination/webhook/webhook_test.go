package webhook

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/weirsec/weir/schemas/finding"
	"github.com/weirsec/weir/services/notifier/cloudevent"
	"github.com/weirsec/weir/services/notifier/destination"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sample is the finding that the notifier's tests share.
func sample(t *testing.T) destination.Finding {
	t.Helper()
	text, err := os.ReadFile("../../testdata/detection.json")
	if err != nil {
		t.Fatal(err)
	}
	var d finding.Detection
	if err := cloudevent.DecodeJSON(text, &d); err != nil {
		t.Fatal(err)
	}
	event, err := cloudevent.Marshal(&d)
	if err != nil {
		t.Fatal(err)
	}
	return destination.Finding{CloudEvent: event, Detection: d}
}

// serve starts an endpoint for the test.
func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func deliver(t *testing.T, cfg Config) error {
	t.Helper()
	w, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer w.client.CloseIdleConnections()
	return w.Deliver(t.Context(), sample(t))
}

func TestDeliver(t *testing.T) {
	f := sample(t)
	text := func(text string) func(destination.Finding) ([]byte, error) {
		return func(destination.Finding) ([]byte, error) { return []byte(text), nil }
	}
	for _, c := range []struct {
		name              string
		cfg               Config
		body, contentType string
	}{
		{"CloudEvent", Config{}, string(f.CloudEvent), "application/cloudevents+json"},
		{"JSON", Config{Render: text(`{"a":1}`)}, `{"a":1}`, "application/json"},
		{"text", Config{Render: text("found")}, "found", "text/plain; charset=utf-8"},
		{"said", Config{Render: text("<a/>"), ContentType: "text/xml"}, "<a/>", "text/xml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got *http.Request
			var body []byte
			c.cfg.URL = serve(t, func(w http.ResponseWriter, r *http.Request) {
				got = r
				body, _ = io.ReadAll(r.Body)
				w.WriteHeader(http.StatusAccepted)
			})
			c.cfg.UserAgent = "weir/test"
			if err := deliver(t, c.cfg); err != nil {
				t.Fatal(err)
			}
			if got.Method != http.MethodPost || string(body) != c.body || got.Header.Get("Content-Type") != c.contentType ||
				got.UserAgent() != "weir/test" || got.ContentLength != int64(len(c.body)) {
				t.Errorf("%s %v\n%s", got.Method, got.Header, body)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name    string
		code    int
		header  string
		refused bool
		after   time.Duration
		want    string
	}{
		{"not found", 404, "", true, 0, `answered 404 Not Found: "no \x1b such"`},
		{"redirect", 302, "", true, 0, "answered 302"},
		{"not modified", 304, "", true, 0, "answered 304"},
		{"too many", 429, "7", false, 7 * time.Second, "answered 429"},
		{"too many, silent", 429, "", false, 0, "answered 429"},
		{"broken", 500, "soon", false, 0, "answered 500"},
		{"away", 503, "-5", false, 0, "answered 503"},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodPost {
					t.Error("a redirect was followed")
				}
				if c.header != "" {
					w.Header().Set("Retry-After", c.header)
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.code)
				_, _ = io.WriteString(w, "no \x1b such")
			})
			err := deliver(t, Config{URL: url})
			if err == nil || errors.Is(err, destination.ErrRefused) != c.refused || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v", err)
			}
			var retry *destination.RetryError
			if errors.As(err, &retry); (retry == nil) != (c.after == 0) || retry != nil && retry.After != c.after {
				t.Errorf("again after %+v, want %v", retry, c.after)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	soon := time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)
	if d := retryAfter(soon); d < 50*time.Second || d > time.Minute {
		t.Errorf("%s is in %v", soon, d)
	}
}

func TestUnreachable(t *testing.T) {
	release := make(chan struct{})
	slow := serve(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	err := deliver(t, Config{URL: slow + "/secret-token", Timeout: 20 * time.Millisecond})
	if err == nil || errors.Is(err, destination.ErrRefused) || strings.Contains(err.Error(), "secret-token") {
		t.Errorf("too slow: %v", err)
	}
	if err := deliver(t, Config{URL: "http://127.0.0.1:1/secret-token"}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("nobody there: %v", err)
	}
	broken := func(destination.Finding) ([]byte, error) { return nil, errors.New("bad template") }
	if err := deliver(t, Config{URL: slow, Render: broken}); !errors.Is(err, destination.ErrRefused) {
		t.Errorf("nothing to send: %v", err)
	}
}

func TestNew(t *testing.T) {
	for _, url := range []string{"", "example.org/x", "ftp://example.org", "http://", "http://[::1", "://"} {
		if _, err := New(Config{URL: url}); err == nil || !strings.HasPrefix(err.Error(), "webhook: ") {
			t.Errorf("%q: %v", url, err)
		}
	}
	w, err := New(Config{URL: "https://example.org"})
	if err != nil || w.Name() != "webhook" {
		t.Error(w, err)
	}
}

// The CloudEvent that is posted is one.
func TestBodyIsJSON(t *testing.T) {
	if f := sample(t); !json.Valid(f.CloudEvent) {
		t.Errorf("%s", f.CloudEvent)
	}
}
