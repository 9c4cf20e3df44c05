package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// archive is the files of a bundle by their paths.
type archive map[string][]byte

// unpack reads a gzipped tar archive within the bounds, whatever it claims to
// be.
func unpack(data []byte) (archive, error) {
	zipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: it is no gzipped archive: %w", ErrFormat, err)
	}
	// Headers and padding are bounded too: they unpack to a lot of nothing.
	limited := &io.LimitedReader{R: zipped, N: MaxUnpacked + 2<<10*MaxFiles}
	files := make(archive)
	total := 0
	for reader := tar.NewReader(limited); ; {
		header, err := reader.Next()
		switch {
		case errors.Is(err, io.EOF):
			return files, nil
		case limited.N <= 0:
			return nil, fmt.Errorf("%w: it unpacks to more than %d MiB", ErrTooLarge, MaxUnpacked>>20)
		case err != nil:
			return nil, fmt.Errorf("%w: the archive cannot be read: %w", ErrFormat, err)
		case header.Typeflag == tar.TypeDir:
			continue
		}
		name, err := files.accept(header)
		if err != nil {
			return nil, err
		}
		// The size in the header was checked, and the reader keeps to it.
		text, err := io.ReadAll(reader)
		if err != nil {
			return nil, fmt.Errorf("%w: %s cannot be read: %w", ErrFormat, name, err)
		}
		if total += len(text); total > MaxUnpacked {
			return nil, fmt.Errorf("%w: it unpacks to more than %d MiB", ErrTooLarge, MaxUnpacked>>20)
		}
		files[name] = text
	}
}

// accept returns the path of the next file, or an error where it must not be
// there.
func (a archive) accept(header *tar.Header) (string, error) {
	name := strings.TrimPrefix(strings.TrimPrefix(header.Name, "./"), "/")
	switch {
	case header.Typeflag != tar.TypeReg:
		return "", fmt.Errorf("%w: %.80q is neither a file nor a directory", ErrFormat, header.Name)
	case len(name) > maxName:
		return "", fmt.Errorf("%w: a path of %d bytes, it may have %d", ErrTooLarge, len(name), maxName)
	case !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\\\x00"):
		return "", fmt.Errorf("%w: %.80q is no path of a file", ErrFormat, header.Name)
	case header.Size > MaxFile:
		return "", fmt.Errorf("%w: %s has %d bytes, a file may have %d", ErrTooLarge, name, header.Size, MaxFile)
	case len(a) >= MaxFiles:
		return "", fmt.Errorf("%w: it has more than %d files", ErrTooLarge, MaxFiles)
	}
	if _, twice := a[name]; twice {
		return "", fmt.Errorf("%w: %s is in it twice", ErrFormat, name)
	}
	// A name that is a file and a directory has two meanings.
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if _, file := a[dir]; file {
			return "", fmt.Errorf("%w: %s is a file and a directory", ErrFormat, dir)
		}
	}
	return name, nil
}

// pack writes the archive. The same files at the same time give the same bytes.
func (a archive) pack(created time.Time) ([]byte, error) {
	var out bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	writer := tar.NewWriter(zipped)
	for _, name := range slices.Sorted(maps.Keys(a)) {
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: "/" + name, Size: int64(len(a[name])), Mode: 0o644, ModTime: created.Truncate(time.Second),
		}
		if err := writer.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("pack %s: %w", name, err)
		}
		if _, err := writer.Write(a[name]); err != nil {
			return nil, fmt.Errorf("pack %s: %w", name, err)
		}
	}
	if err := errors.Join(writer.Close(), zipped.Close()); err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	return out.Bytes(), nil
}
