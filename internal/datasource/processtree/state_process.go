package processtree

import (
	"github.com/weirsec/weir/internal/datasource/bounded"
	"github.com/weirsec/weir/schemas/statepb"
)

func keep[V any](it *bounded.Item[uint32, V]) *statepb.ProcessTree_Kept {
	k := &statepb.ProcessTree_Kept{Size: uint64(it.Size())}
	if at, retired := it.Retired(); retired {
		k.Retired, k.RetiredAt = true, at
	}
	return k
}

func (w *writer) process(it *node) *statepb.ProcessTree_Process {
	p := &it.Value
	out := &statepb.ProcessTree_Process{
		Entity: it.Key, Kept: keep(it), Source: uint32(p.source), Since: p.since,
		Pid: p.pid, NsPid: p.nsPID, Ppid: p.ppid, Parent: p.parent(), Start: p.start,
		Exit: p.exit, Last: p.last, Over: p.over, Lost: p.lost,
		First: w.image(&p.first), Dropped: p.dropped, Selves: w.identities(p.selves),
		Container: w.text(p.container), Contained: p.contained, Shown: p.shown,
	}
	if p.found != nil {
		out.Found = w.image(p.found)
	}
	for i := range p.images {
		out.Images = append(out.Images, w.image(&p.images[i]))
	}
	if p.asked != never {
		asked := p.asked
		out.Asked = &asked
	}
	return out
}

func (w *writer) thread(it *threadNode) *statepb.ProcessTree_Thread {
	th := &it.Value
	return &statepb.ProcessTree_Thread{
		Entity: it.Key, Kept: keep(it), Source: uint32(th.source), Since: th.since, Process: th.kin.elder,
		Pid: th.pid, Tid: th.tid, NsTid: th.nsTID, Uid: th.uid, Gid: th.gid,
		Start: th.start, Exit: th.exit, Name: w.text(th.name), Selves: w.identities(th.selves),
	}
}

func (w *writer) identities(list identities) []*statepb.ProcessTree_Identity {
	var out []*statepb.ProcessTree_Identity
	for _, i := range list {
		out = append(out, &statepb.ProcessTree_Identity{Time: i.time, Name: w.text(i.name), Uid: i.uid, Gid: i.gid})
	}
	return out
}

func (w *writer) image(im *image) *statepb.ProcessTree_Image {
	out := &statepb.ProcessTree_Image{
		Time: im.time, Uid: im.uid, Gid: im.gid, Told: im.told, Executed: im.executed, Hearsay: im.hearsay,
		Name: w.text(im.name), Executable: w.text(im.executable), Args: w.list(im.args),
		Handed: w.lineage(im.lineage), Current: im.lineage != nil && im.epoch == w.tree.epoch, Copied: im.copied,
	}
	if f := im.file; f != nil {
		out.File = &statepb.ProcessTree_File{
			Inode: f.inode, Ctime: f.ctime, Device: f.device, Mode: f.mode,
			UpperLayer: f.upper, Memfd: f.memfd, Deleted: f.deleted,
			Loader: w.text(f.loader), Interp: w.text(f.interp),
		}
	}
	return out
}
