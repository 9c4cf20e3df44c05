package load

import (
	"fmt"
	"io/fs"
	"os"

	"github.com/weirsec/weir/signatures"
)

// Tree is a directory of signature files that a Request names, for the tools
// that look at files rather than at what is loaded.
type Tree struct {
	FS fs.FS
	// Prefix stands before the names of the files in messages.
	Prefix string
	// Shipped marks the files that Weir brings along. IDs are then those of
	// the signatures that the pack has, of which some are written in Go.
	Shipped bool
	IDs     []string
}

// Trees returns the directories that hold what is asked for, without reading
// them. It returns an error where the request cannot be met.
func (r Request) Trees() ([]Tree, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	pack, err := r.pack()
	if err != nil {
		return nil, err
	}
	var trees []Tree
	if len(pack.IDs) > 0 {
		trees = append(trees, Tree{FS: signatures.Files(), Prefix: shippedPrefix, Shipped: true, IDs: pack.IDs})
	}
	dirs, err := distinct(r.Dirs)
	if err != nil {
		return nil, err
	}
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if err != nil {
			return nil, fmt.Errorf("signature directory: %w", err)
		}
		if !info.IsDir() {
			return nil, fmt.Errorf("signature directory: %s is a file: name the directory that holds it", dir)
		}
		trees = append(trees, Tree{FS: os.DirFS(dir), Prefix: dir})
	}
	return trees, nil
}
