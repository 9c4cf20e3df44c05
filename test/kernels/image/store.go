package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

// fresh is how long a file is used before its package is looked up again.
const fresh = 7 * 24 * time.Hour

// Image is a file on this machine and what it came from.
type Image struct {
	Path, Package, Version string
}

// Store keeps files in a folder. It is not safe for several goroutines.
type Store struct {
	dir string
	log *slog.Logger
	now func() time.Time
}

// NewStore returns the store of the folder dir; where it is "", that is
// $WEIR_KERNEL_CACHE, or weir/kernels in the user's cache.
func NewStore(dir string, log *slog.Logger) (*Store, error) {
	if dir == "" {
		dir = os.Getenv("WEIR_KERNEL_CACHE")
	}
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("set WEIR_KERNEL_CACHE: %w", err)
		}
		dir = filepath.Join(cache, "weir", "kernels")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return &Store{dir: dir, log: log, now: time.Now}, nil
}

// entry is what the store knows of a source's file.
type entry struct {
	Package, Version, SHA256 string
	Fetched                  time.Time
}

// Get returns the source's file: the one kept, or where that is older than a
// week, the newest of the archive. Where the archive does not answer, an older
// one does; where there is none, the error says why.
func (s *Store) Get(ctx context.Context, source Source) (Image, error) {
	e, kept := s.load(source)
	if kept == nil && s.now().Sub(e.Fetched) < fresh {
		return s.image(e), nil
	}
	image, err := s.fetch(ctx, source)
	switch {
	case err == nil:
		return image, nil
	case kept == nil && ctx.Err() == nil:
		s.log.Warn("the archive has no answer, the kept file is used",
			slog.Any("source", source), slog.String("version", e.Version), slog.Any("error", err))
		return s.image(e), nil
	}
	return Image{}, fmt.Errorf("%s: %w", source, err)
}

func (s *Store) image(e entry) Image {
	return Image{Path: s.file(e), Package: e.Package, Version: e.Version}
}

func (s *Store) file(e entry) string { return filepath.Join(s.dir, e.SHA256) }

func (s *Store) index(source Source) string { return filepath.Join(s.dir, source.String()+".json") }

// load returns what is kept; an error means that it cannot be used.
func (s *Store) load(source Source) (entry, error) {
	var e entry
	text, err := os.ReadFile(s.index(source))
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return e, fmt.Errorf("%s: %w", s.index(source), err)
	}
	data, err := os.ReadFile(s.file(e))
	if err != nil {
		return e, err
	}
	if hash(data) != e.SHA256 {
		return e, errors.New("the kept file has changed")
	}
	return e, nil
}

func (s *Store) fetch(ctx context.Context, source Source) (image Image, err error) {
	keys := debianKeys
	if source.Ubuntu {
		its, err := s.Get(ctx, ubuntuKeys())
		if err != nil {
			return Image{}, err
		}
		keys = its.Path
	}
	dir, err := os.MkdirTemp(s.dir, "apt-")
	if err != nil {
		return Image{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s.log.Info("fetching", slog.Any("source", source))
	a, err := newApt(ctx, dir, source, keys)
	if err != nil {
		return Image{}, err
	}
	found, err := a.find(ctx, source)
	if err != nil {
		return Image{}, err
	}
	return s.keep(source, found)
}

// keep takes the file over; the index last, so that it never names a part.
func (s *Store) keep(source Source, found Image) (Image, error) {
	data, err := os.ReadFile(found.Path)
	if err != nil {
		return Image{}, err
	}
	e := entry{Package: found.Package, Version: found.Version, SHA256: hash(data), Fetched: s.now()}
	index, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return Image{}, err
	}
	if err := replace(s.file(e), data); err != nil {
		return Image{}, err
	}
	return s.image(e), replace(s.index(source), index)
}

// replace writes a file that others may be reading.
func replace(name string, data []byte) error {
	if err := os.WriteFile(name+".new", data, 0o644); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
