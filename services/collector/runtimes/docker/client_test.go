package docker

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weirsec/weir/services/collector/runtimes/facts"
)

// serve answers at a socket with handler, besides "/_ping".
func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "d")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.41")
		if r.URL.Path != "/_ping" {
			handler(w, r)
		}
	}))
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	return socket
}

func dial(t *testing.T, socket string) *Client {
	t.Helper()
	c, err := Open(t.Context(), socket, func(facts.Cut) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestOpenNobody(t *testing.T) {
	if _, err := Open(t.Context(), filepath.Join(t.TempDir(), "none"), nil); err == nil || !strings.Contains(err.Error(), "docker: connect") {
		t.Errorf("error %v", err)
	}
}

// Answers that are errors, or none at all.
func TestBadAnswers(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		code         int
		notFound     bool
	}{
		{"not JSON", "<html>", 200, false},
		{"cut off", `{"Id":"x","Config":{"Labels":{"a":`, 200, false},
		{"other type", `[1]`, 200, false},
		{"no such container", `{"message":"No such container: x"}`, 404, true},
		{"broken daemon", `{"message":"boom"}`, 500, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			api := dial(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.code)
				_, _ = w.Write([]byte(c.answer))
			}))
			_, err := api.Get(t.Context(), "x")
			if err == nil || errors.Is(err, facts.ErrNotFound) != c.notFound {
				t.Errorf("error %v", err)
			}
			if c.answer != `[1]` {
				if _, err := api.List(t.Context()); err == nil {
					t.Error("a list without an error")
				}
			}
		})
	}
}

// A daemon that answers without end is cut off.
func TestEndlessAnswer(t *testing.T) {
	socket := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`{"Id":"`))
		block := []byte(strings.Repeat("x", 64<<10))
		for r.Context().Err() == nil {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	api, err := open(t.Context(), socket, func(facts.Cut) {}, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer api.Close() //nolint:errcheck // the answer is what is tested
	if _, err := api.Get(t.Context(), "x"); err == nil {
		t.Error("no error")
	}
}

func TestFollowBreaks(t *testing.T) {
	api := dial(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"Type":"container","Action":"destroy","Actor":{"ID":"x"}}` + "\n"))
	}))
	var changes []facts.Change
	ready := 0
	err := api.Follow(t.Context(), func() { ready++ }, func(c facts.Change) { changes = append(changes, c) })
	if err == nil || ready != 1 || len(changes) != 1 || !changes[0].Removed || changes[0].ID != "x" {
		t.Errorf("error %v, ready %d, changes %+v", err, ready, changes)
	}
}

func TestFollowStops(t *testing.T) {
	api := dial(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, stop)
	if err := api.Follow(ctx, func() {}, func(facts.Change) {}); err != nil {
		t.Error(err)
	}
}
