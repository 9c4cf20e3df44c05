package probe

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/weirsec/weir/schemas/event"
)

const noFD = -1

// file makes a file for a case to work on and returns its path.
func (p *performer) file(name string) string {
	path := filepath.Join(p.dir, name)
	if err := os.WriteFile(path, []byte("content"), 0o600); err != nil && p.err == nil {
		p.err = err
	}
	return path
}

// openDir opens a directory to begin names at.
func (p *performer) openDir(name string) int {
	fd, err := unix.Open(filepath.Join(p.dir, name), unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil && p.err == nil {
		p.err = err
	}
	return fd
}

// names are the syscalls that change names, modes and owners.
func (p *performer) names() {
	dir, sub := p.dir, filepath.Join(p.dir, "sub")
	if err := os.MkdirAll(sub, 0o700); err != nil {
		p.err = err
		return
	}
	at := p.openDir("sub")
	p.renames(dir, sub, at)
	p.removals(dir, sub, at)
	p.links(dir, sub, at)
	p.modes(dir, sub, at)
	p.owners(dir, sub, at)
	for _, e := range []*expected{
		p.call("mknod", "fifo", unix.S_IFIFO|0o600, 0).path("dir_path", dir),
		p.call("mknod", sub+"/device", unix.S_IFCHR|0o600, 1<<8|3).path("dir_path", dir),
		p.call("mknodat", at, "fifo", unix.S_IFIFO|0o600, 0).path("dir_path", sub),
		p.call("mkdir", "made", 0o710).path("dir_path", dir),
		p.call("mkdirat", at, "made", 0o700).path("dir_path", sub),
		p.call("mkdirat", unix.AT_FDCWD, sub+"/made", 0o700).path("dir_path", dir),
		p.call("rmdir", "made").path("dir_path", dir),
		p.call("rmdir", "").path("dir_path", dir),
	} {
		_ = e
	}
	p.fails(p.call("rmdir", nil).path("dir_path", dir), unix.EFAULT)
}

// renames in each way that a name can be given.
func (p *performer) renames(dir, sub string, at int) {
	renamed := func(e *expected, from, to string) {
		p.works(e)
		p.derived("security_inode_rename", e).path("old_path", from).path("new_path", to)
	}
	a := p.file("a")
	renamed(p.call("rename", "a", "sub/b").path("dir_path", dir), a, sub+"/b")
	renamed(p.call("rename", sub+"/b", "sub/../c").path("dir_path", dir), sub+"/b", dir+"/c")
	missing := p.call("rename", "missing", "other").path("dir_path", dir)
	p.fails(missing, unix.ENOENT)
	p.file("c") // An architecture without rename has none yet.
	renamed(p.call("renameat", unix.AT_FDCWD, "c", at, "d").path("olddir_path", dir).path("newdir_path", sub), dir+"/c", sub+"/d")
	renamed(p.call("renameat", noFD, sub+"/d", noFD, dir+"/e").none("olddir_path", "newdir_path"), sub+"/d", dir+"/e")
	p.file("f")
	renamed(p.call("renameat2", unix.AT_FDCWD, "e", unix.AT_FDCWD, "f", unix.RENAME_EXCHANGE).
		path("olddir_path", dir).path("newdir_path", dir), dir+"/e", dir+"/f")
	renamed(p.call("renameat2", at, "../f", at, "g", unix.RENAME_NOREPLACE).path("olddir_path", sub).path("newdir_path", sub),
		dir+"/f", sub+"/g")
	refused := p.call("renameat2", at, "g", at, "g", unix.RENAME_NOREPLACE).path("olddir_path", sub).path("newdir_path", sub)
	p.fails(refused, unix.EEXIST)
}

func (p *performer) removals(dir, sub string, at int) {
	p.file("gone")
	p.works(p.call("unlink", "gone").path("dir_path", dir))
	p.fails(p.call("unlink", dir+"/gone").path("dir_path", dir), unix.ENOENT)
	p.file("sub/gone")
	p.works(p.call("unlinkat", at, "gone", 0).path("dir_path", sub))
	p.fails(p.call("unlinkat", noFD, "gone", unix.AT_REMOVEDIR).none("dir_path"), unix.EBADF)
	p.fails(p.call("unlinkat", unix.AT_FDCWD, "never", unix.AT_REMOVEDIR).path("dir_path", dir), unix.ENOENT)
}

func (p *performer) links(dir, sub string, at int) {
	p.file("linked")
	p.works(p.call("link", "linked", "sub/hard").path("dir_path", dir))
	p.works(p.call("linkat", unix.AT_FDCWD, "linked", at, "hard2", unix.AT_SYMLINK_FOLLOW).path("olddir_path", dir).path("newdir_path", sub))
	p.works(p.call("symlink", "../linked", "sub/soft").path("dir_path", dir))
	p.works(p.call("symlinkat", "/etc/passwd", at, "soft2").path("dir_path", sub))
	p.fails(p.call("symlinkat", "", at, "soft3").path("dir_path", sub), unix.ENOENT)
}

func (p *performer) modes(dir, sub string, at int) {
	path := p.file("mode")
	fd, _ := unix.Open(path, unix.O_RDWR, 0)
	p.works(p.call("chmod", "mode", 0o640).path("dir_path", dir))
	p.works(p.call("chmod", path, 0o4755).path("dir_path", dir))
	p.works(p.call("fchmod", fd, 0o604).path("path", path))
	p.fails(p.call("fchmod", noFD, 0o604).none("path"), unix.EBADF)
	p.works(p.call("fchmodat", at, "../mode", 0o600).path("dir_path", sub))
	p.fails(p.call("fchmodat2", at, "missing", 0o600, unix.AT_SYMLINK_NOFOLLOW).path("dir_path", sub), unix.ENOENT, unix.ENOSYS)
}

func (p *performer) owners(dir, sub string, at int) {
	path := p.file("owner")
	fd, _ := unix.Open(path, unix.O_RDWR, 0)
	uid, gid := os.Getuid(), os.Getgid()
	p.works(p.call("chown", "owner", uid, gid).path("dir_path", dir))
	p.works(p.call("chown", "owner", -1, -1).path("dir_path", dir))
	p.works(p.call("lchown", path, uid, -1).path("dir_path", dir))
	p.works(p.call("fchown", fd, uid, gid).path("path", path))
	p.works(p.call("fchownat", at, "../owner", uid, gid, unix.AT_SYMLINK_NOFOLLOW).path("dir_path", sub))
	p.works(p.call("fchownat", fd, "", uid, gid, unix.AT_EMPTY_PATH).path("dir_path", path))
	p.fails(p.call("truncate", "missing", 1<<40).path("dir_path", dir), unix.ENOENT)
	p.works(p.call("truncate", "owner", 3).path("dir_path", dir))
	p.works(p.call("ftruncate", fd, 5).path("path", path))
	p.fails(p.call("ftruncate", fd, -1).path("path", path), unix.EINVAL)
}

// mounts are done in a mount namespace of the thread's own; where that is not
// allowed, neither is any of them.
func (p *performer) mounts() {
	dir := p.dir
	_ = os.Mkdir(dir+"/mnt", 0o700)
	unshared := p.call("unshare", unix.CLONE_NEWNS)
	mounted := func(e *expected, device event.Value, where string, fs event.Value, flags uint64) {
		if unshared.Ret < 0 {
			p.fails(e, unix.EPERM)
			return
		}
		p.works(e)
		p.derived("security_sb_mount", e).with("dev_name", device).path("path", where).with("type", fs).with("flags", event.Uint(flags))
	}
	const private = unix.MS_REC | unix.MS_PRIVATE
	mounted(p.call("mount", "none", "/", nil, private, nil).path("dir_path", dir), event.String("none"), "/", event.Value{}, private)
	mounted(p.call("mount", "weir", "mnt", "tmpfs", unix.MS_NOSUID, p.text("size=1m")).path("dir_path", dir),
		event.String("weir"), dir+"/mnt", event.String("tmpfs"), unix.MS_NOSUID)
	p.call("umount2", "mnt", unix.MNT_DETACH).path("dir_path", dir)
	p.fails(p.call("umount2", "missing", 0).path("dir_path", dir), unix.ENOENT, unix.EPERM)
	tree := p.call("open_tree", unix.AT_FDCWD, dir, unix.OPEN_TREE_CLOEXEC).path("dir_path", dir)
	p.call("move_mount", int(max(tree.Ret, -1)), "", unix.AT_FDCWD, "mnt", unix.MOVE_MOUNT_F_EMPTY_PATH).
		path("to_dir_path", dir).none("from_dir_path").fromDir(tree.Ret >= 0, dir)
	fs := p.call("fsopen", "tmpfs", unix.FSOPEN_CLOEXEC)
	p.call("fsconfig", int(max(fs.Ret, -1)), unix.FSCONFIG_SET_STRING, "size", p.text("1m"), 0)
	p.call("fsconfig", int(max(fs.Ret, -1)), unix.FSCONFIG_CMD_CREATE, nil, nil, 0)
	p.call("fsmount", int(max(fs.Ret, -1)), unix.FSMOUNT_CLOEXEC, unix.MS_NODEV)
	p.fails(p.call("pivot_root", "missing", "mnt"), unix.ENOENT, unix.EPERM)
	p.fails(p.call("chroot", "missing").path("dir_path", dir), unix.ENOENT)
	p.call("chroot", "/").path("dir_path", dir)
}

// fromDir tells of the directory that move_mount begins at.
func (e *expected) fromDir(known bool, dir string) {
	if known {
		e.path("from_dir_path", dir)
	}
}
