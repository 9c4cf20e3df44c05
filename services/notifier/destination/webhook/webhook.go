package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/weirsec/weir/services/notifier/cloudevent"
	"github.com/weirsec/weir/services/notifier/destination"
)

const (
	defaultTimeout = 10 * time.Second
	// maxAnswer is how much of an answer is read, and maxShown how much of it is
	// shown where it is an error.
	maxAnswer, maxShown = 64 << 10, 200
)

// Config says where findings go and as what.
type Config struct {
	// URL is the endpoint, http or https.
	URL string
	// Render makes the body; nil sends the CloudEvent.
	Render func(destination.Finding) ([]byte, error)
	// ContentType is that of what Render makes; "" means JSON where it is JSON,
	// and plain text otherwise.
	ContentType string
	// Timeout is for one request, from the connection to the end of the answer;
	// 0 means 10 s.
	Timeout time.Duration
	// UserAgent is how the sender introduces itself.
	UserAgent string
}

// Webhook is a Destination.
type Webhook struct {
	cfg    Config
	client *http.Client
}

// New returns a Webhook. It fails for a URL that no request can be sent to.
func New(cfg Config) (*Webhook, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("webhook: %q: want a URL such as https://example.org/findings", cfg.URL)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	return &Webhook{cfg: cfg, client: &http.Client{
		Timeout:       cfg.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Name implements destination.Destination.
func (w *Webhook) Name() string { return "webhook" }

// Deliver posts a finding. The error wraps destination.ErrRefused where another
// attempt would be refused as well, and is a destination.RetryError where the
// endpoint said when to come again.
func (w *Webhook) Deliver(ctx context.Context, f destination.Finding) error {
	body, contentType, err := w.body(f)
	if err != nil {
		return fmt.Errorf("webhook: %w: %w", destination.ErrRefused, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.cfg.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("webhook: %w: %w", destination.ErrRefused, err)
	}
	request.Header.Set("Content-Type", contentType)
	if w.cfg.UserAgent != "" {
		request.Header.Set("User-Agent", w.cfg.UserAgent)
	}
	response, err := w.client.Do(request)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			// Without the URL: it may hold a secret.
			err = failed.Err
		}
		return fmt.Errorf("webhook: post: %w", err)
	}
	defer response.Body.Close()
	// Read to its end, so that the connection can be used again.
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if response.StatusCode >= 200 && response.StatusCode < 300 {
		// It has arrived, whatever became of the answer.
		return nil
	}
	return refusal(response, answer, err)
}

func (w *Webhook) body(f destination.Finding) (body []byte, contentType string, err error) {
	if w.cfg.Render == nil {
		return f.CloudEvent, cloudevent.ContentType, nil
	}
	body, err = w.cfg.Render(f)
	switch {
	case err != nil:
		return nil, "", err
	case w.cfg.ContentType != "":
		return body, w.cfg.ContentType, nil
	case json.Valid(body):
		return body, "application/json", nil
	default:
		return body, "text/plain; charset=utf-8", nil
	}
}

// refusal says why an endpoint did not take a finding.
func refusal(response *http.Response, answer []byte, readErr error) error {
	err := fmt.Errorf("webhook: answered %s", response.Status)
	if text := bytes.TrimSpace(answer); len(text) > 0 {
		err = fmt.Errorf("%w: %.*q", err, maxShown, text)
	}
	if readErr != nil {
		err = fmt.Errorf("%w (the answer broke off: %w)", err, readErr)
	}
	code := response.StatusCode
	switch {
	case code == http.StatusRequestTimeout, code == http.StatusTooManyRequests, code >= 500:
		if after := retryAfter(response.Header.Get("Retry-After")); after > 0 {
			return &destination.RetryError{After: after, Err: err}
		}
		return err
	default:
		return fmt.Errorf("%w: %w", destination.ErrRefused, err)
	}
}

// retryAfter reads the header of that name, in seconds or as a time.
func retryAfter(text string) time.Duration {
	if n, err := strconv.ParseInt(text, 10, 32); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return time.Until(at)
	}
	return 0
}
