package run

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weirsec/weir/internal/bus"
	"github.com/weirsec/weir/internal/bus/bustest"
	"github.com/weirsec/weir/internal/stage"
)

// text is what a process says, which others may read meanwhile.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *text) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *text) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// started is a service that runs in this process.
type started struct {
	t     *testing.T
	says  text
	http  string
	stop  context.CancelFunc
	ended chan error
	// wired gets the partitions once the service is wired.
	wired chan int
}

// startService runs a service against an address; late is one that begins without a
// broker, and publishes one message.
func startService(t *testing.T, url string, late bool) *started {
	t.Helper()
	clearNATS(t)
	ctx, stop := context.WithCancel(t.Context())
	s := &started{t: t, http: freeAddress(t), stop: stop, ended: make(chan error, 1), wired: make(chan int, 1)}
	service := &Service{Name: "weir-x", Needs: bus.StreamRaw}
	cmd := service.Command("", nil, nil)
	cmd.SetErr(&s.says)
	cmd.SetArgs([]string{"--nats-url", url, "--http", s.http, "--nats-inbox-prefix", "_INBOX"})
	work := Component{Name: "work", Run: func(ctx context.Context) error {
		<-ctx.Done()
		return nil
	}}
	err := cmd.ParseFlags([]string{"--nats-url", url, "--http", s.http, "--nats-inbox-prefix", "_INBOX"})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		if !late {
			s.ended <- service.Run(ctx, cmd, func(_ context.Context, _ *Frame, _ *bus.Conn, partitions int) ([]Component, Free, error) {
				s.wired <- partitions
				return []Component{work}, nil, nil
			})
			return
		}
		s.ended <- service.RunLate(ctx, cmd, func(_ context.Context, _ *Frame, broker *Broker) ([]Component, Free, error) {
			s.wired <- 0
			return []Component{work, {Name: "publish", Run: func(ctx context.Context) error {
				limited, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
				defer cancel()
				_, _, early := broker.LastRaw(limited, "n")
				err := broker.Publish(ctx, stage.Output{Subject: bus.RawSubject("n"), ID: "1", Data: []byte("x")})
				if ctx.Err() != nil {
					return nil
				}
				if _, ok, err := broker.LastRaw(ctx, "n"); err != nil || !ok {
					return errors.Join(errors.New("the message is not there"), err)
				}
				if !errors.Is(early, context.DeadlineExceeded) || !errors.Is(early, bus.ErrAway) {
					return fmt.Errorf("without a broker: %w", early)
				}
				return err
			}}}, nil, nil
		})
	}()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-s.ended:
			if err != nil {
				t.Errorf("it ends with %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Error("it does not end")
		}
	})
	return s
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// health waits until the service says that it is in a state, and returns what each
// part says.
func (s *started) health(status string) map[string]Part {
	s.t.Helper()
	var body string
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", s.http); err != nil {
			continue
		} else if err := conn.Close(); err != nil {
			s.t.Fatal(err)
		}
		var code int
		if code, body = get(s.t, "http://"+s.http+"/livez"); code != 200 {
			s.t.Fatalf("it does not live: %s", body)
		}
		_, body = get(s.t, "http://"+s.http+"/healthz")
		var report Report
		if err := json.Unmarshal([]byte(body), &report); err != nil {
			s.t.Fatal(err)
		}
		parts := map[string]Part{}
		for _, p := range report.Parts {
			parts[p.Name] = p
		}
		// The part that waits has said so.
		if report.Status == status && (status == StatusReady || strings.Contains(parts["nats"].Reason, "127.0.0.1")) {
			return parts
		}
	}
	s.t.Fatalf("never %s, but %s\n%s", status, body, s.says.String())
	return nil
}

// A service waits for its broker, and says so: once in its log, and in its health.
func TestServiceWaitsForTheBroker(t *testing.T) {
	for _, late := range []bool{false, true} {
		t.Run(map[bool]string{false: "waits", true: "works meanwhile"}[late], func(t *testing.T) {
			addr := freeAddress(t)
			s := startService(t, "nats://"+addr, late)
			status, says := StatusNotReady, "NATS does not answer: waiting for it"
			if late {
				status, says = StatusDegraded, "NATS does not answer: starting without it"
			}
			s.health(status)
			time.Sleep(time.Second) // some attempts
			if n := strings.Count(s.says.String(), says); n != 1 {
				t.Errorf("says it %d times:\n%s", n, s.says.String())
			}
			select {
			case <-s.wired:
				if !late {
					t.Error("it is wired without a broker")
				}
			default:
				if late {
					t.Error("it is not wired")
				}
			}
			_, port, _ := net.SplitHostPort(addr)
			bustest.Configured(t, "port: "+port)
			s.health(StatusReady)
			if !late && <-s.wired != 16 {
				t.Error("the number of partitions is not that of the streams")
			}
			if !strings.Contains(s.says.String(), "NATS is there") {
				t.Errorf("does not say that the broker is there:\n%s", s.says.String())
			}
		})
	}
}

// Who is told to stop while it waits has not failed.
func TestServiceStopsWhileItWaits(t *testing.T) {
	for _, late := range []bool{false, true} {
		s := startService(t, "nats://"+freeAddress(t), late)
		s.health(map[bool]string{false: StatusNotReady, true: StatusDegraded}[late])
		s.stop()
	}
}

// What the broker refuses is an error at once, also where it comes late.
func TestServiceDoesNotWaitForRights(t *testing.T) {
	for _, late := range []bool{false, true} {
		for _, there := range []bool{false, true} {
			addr := freeAddress(t)
			begin := func() {
				_, port, _ := net.SplitHostPort(addr)
				bustest.Configured(t, "port: "+port+"\nauthorization { user: a, password: b }")
			}
			if there {
				begin()
			}
			s := startService(t, "nats://"+addr, late)
			if !there {
				s.health(map[bool]string{false: StatusNotReady, true: StatusDegraded}[late])
				begin()
			}
			select {
			case err := <-s.ended:
				if err == nil || !strings.Contains(err.Error(), "refuses the credentials") {
					t.Errorf("late %v, there %v: error %v", late, there, err)
				}
				s.ended <- nil // for the end of the test
			case <-time.After(20 * time.Second):
				t.Errorf("late %v, there %v: it still waits:\n%s", late, there, s.says.String())
			}
		}
	}
}
