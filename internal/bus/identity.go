package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Identity is who a connection is, as the broker sees it.
type Identity struct {
	// User is a name or a public key, Account the account's name.
	User, Account string
	// Publish and Subscribe are what the user may do.
	Publish, Subscribe Subjects
	// Respond says that the user may answer requests wherever they come from.
	Respond bool
}

// Subjects are what is allowed and what is taken away from that. No allowed
// subjects are all of them.
type Subjects struct {
	Allow []string `json:"allow"`
	Deny  []string `json:"deny"`
}

// Permit reports whether everything that a pattern stands for is allowed.
func (s Subjects) Permit(pattern string) bool {
	for _, deny := range s.Deny {
		if Overlap(deny, pattern) {
			return false
		}
	}
	for _, allow := range s.Allow {
		if Covers(allow, pattern) {
			return true
		}
	}
	return len(s.Allow) == 0
}

// Identity asks the broker who this connection is.
func (c *Conn) Identity(ctx context.Context) (Identity, error) {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	asking, judge := c.Asking(ctx, SubjectUserInfo)
	answer, err := c.nc.RequestWithContext(asking, SubjectUserInfo, nil)
	if err = judge(err); err != nil {
		return Identity{}, fmt.Errorf("ask who this user is: %w", err)
	}
	return parseIdentity(answer.Data)
}

// parseIdentity reads the broker's answer.
func parseIdentity(data []byte) (Identity, error) {
	var answer struct {
		Data *struct {
			User        string `json:"user"`
			Account     string `json:"account"`
			Permissions *struct {
				Publish   Subjects        `json:"publish"`
				Subscribe Subjects        `json:"subscribe"`
				Responses json.RawMessage `json:"responses"`
			} `json:"permissions"`
		} `json:"data"`
		Error *struct {
			Description string `json:"description"`
		} `json:"error"`
	}
	err := json.Unmarshal(data, &answer)
	switch {
	case err != nil:
		return Identity{}, fmt.Errorf("read who this user is: %w", err)
	case answer.Error != nil:
		return Identity{}, fmt.Errorf("ask who this user is: the server says: %s", answer.Error.Description)
	case answer.Data == nil:
		return Identity{}, fmt.Errorf("read who this user is: the answer has no data")
	}
	who := Identity{User: answer.Data.User, Account: answer.Data.Account}
	if p := answer.Data.Permissions; p != nil {
		who.Publish, who.Subscribe = p.Publish, p.Subscribe
		who.Respond = len(p.Responses) > 0 && string(p.Responses) != "null"
	} else {
		who.Respond = true
	}
	return who, nil
}

// Server is the server that a connection has at present.
type Server struct {
	URL, Name, Version string
	// TLS is the protocol's version, "" for none.
	TLS       string
	RoundTrip time.Duration
}
