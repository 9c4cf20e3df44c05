package processtree

import (
	"time"

	"github.com/weirsec/weir/signatures/sdk/datasource"
)

// fileSize is about what a file takes without its texts.
const fileSize = 96

// file is what the kernel told of the file that a process executes.
type file struct {
	inode        uint64
	ctime        int64
	device, mode uint32
	// upper is set for a file of an overlay's upper layer: it is not of the
	// image. memfd is set where it is in memory only, deleted where it had no
	// name any more.
	upper, memfd, deleted bool
	// loader is the path of what loads shared libraries, interp that of what the
	// program is given to, which is itself where it is no script.
	loader, interp string
}

// info is the file as signatures see it. The hash is never known: nobody reads
// the file.
func (f *file) info(path string) datasource.FileInfo {
	if f == nil {
		return datasource.FileInfo{Path: path}
	}
	return datasource.FileInfo{
		Path: path, Inode: int(f.inode), Device: int(f.device), Ctime: moment(f.ctime), Mode: int(f.mode),
		UpperLayer: f.upper, Memfd: f.memfd, Deleted: f.deleted,
	}
}

// moment is a time in Unix nanoseconds, the zero time where it is not known.
func moment(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns)
}
