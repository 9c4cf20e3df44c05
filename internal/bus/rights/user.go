package rights

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"github.com/nats-io/nkeys"

	"github.com/weirsec/weir/internal/bus"
)

// User is one user of the account.
type User struct {
	// Name is what files and options call it: the role, for collectors with the
	// node behind it.
	Name string
	Role string
	// Node is a collector's.
	Node string
	// Public is the public nkey, "U…".
	Public string
}

// Users returns one user for each role and one collector for each node, without
// keys.
func Users(nodes []string) []User {
	var all []User
	for _, role := range Roles() {
		if role != Collector {
			all = append(all, User{Name: role, Role: role})
		}
	}
	for _, node := range nodes {
		all = append(all, User{Name: Collector + "-" + bus.Token(node), Role: Collector, Node: node})
	}
	return all
}

// KeyFile returns the name of the file that holds a user's seed.
func (u User) KeyFile() string { return url.PathEscape(u.Name) + ".nk" }

// UseKey takes the key from its file in dir, or makes one there that only the
// owner may read. It reports whether it made one.
func (u *User) UseKey(dir string) (made bool, err error) {
	path := filepath.Join(dir, u.KeyFile())
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return true, u.makeKey(path)
	}
	if err != nil {
		return false, fmt.Errorf("read nkey of user %s: %w", u.Name, err)
	}
	pair, err := nkeys.ParseDecoratedNKey(data)
	if err != nil {
		return false, fmt.Errorf("read nkey of user %s: %s: want a line with a user's seed: %w", u.Name, path, err)
	}
	defer pair.Wipe()
	return false, u.setPublic(pair, path)
}

func (u *User) makeKey(path string) error {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return fmt.Errorf("make nkey of user %s: %w", u.Name, err)
	}
	defer pair.Wipe()
	seed, err := pair.Seed()
	if err != nil {
		return fmt.Errorf("make nkey of user %s: %w", u.Name, err)
	}
	// A file that appears meanwhile is somebody's key, and stays.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write nkey of user %s: %w", u.Name, err)
	}
	_, err = file.Write(append(slices.Clone(seed), '\n'))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write nkey of user %s: %w", u.Name, errors.Join(err, os.Remove(path)))
	}
	return u.setPublic(pair, path)
}

func (u *User) setPublic(pair nkeys.KeyPair, path string) error {
	public, err := pair.PublicKey()
	if err == nil && !nkeys.IsValidPublicUserKey(public) {
		err = errors.New("it is no user's key")
	}
	if err != nil {
		return fmt.Errorf("nkey of user %s: %s: %w", u.Name, path, err)
	}
	u.Public = public
	return nil
}

// CheckPublic returns an error unless a text is the public key of a user.
func CheckPublic(key string) error {
	if !nkeys.IsValidPublicUserKey(key) {
		return fmt.Errorf("%q is no public nkey of a user: want \"U…\", never the seed", shortened(key))
	}
	return nil
}

// shortened keeps a seed that was given by mistake out of messages.
func shortened(key string) string {
	if len(key) > 4 {
		return key[:4] + "…"
	}
	return key
}
