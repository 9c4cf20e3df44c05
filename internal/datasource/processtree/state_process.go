package processtree

import (
	"github.com/weirsec/weir/internal/datasource/bounded"
	"github.com/weirsec/weir/schemas/statepb"
)

func keep[V any](made *messages, it *bounded.Item[uint32, V]) *statepb.ProcessTree_Kept {
	k := made.kept.New()
	k.Size = uint64(it.Size())
	if at, retired := it.Retired(); retired {
		k.Retired, k.RetiredAt = true, at
	}
	return k
}

func (w *writer) process(it *node) *statepb.ProcessTree_Process {
	p := &it.Value
	out := w.made.processes.New()
	out.Entity, out.Kept, out.Source, out.Since = it.Key, keep(&w.made, it), uint32(p.source), p.since
	out.Pid, out.NsPid, out.Ppid, out.Parent, out.Start = p.pid, p.nsPID, p.ppid, p.parent(), p.start
	out.Exit, out.Last, out.Over, out.Lost = p.exit, p.last, p.over, p.lost
	out.First, out.Dropped, out.Selves = w.image(&p.first), p.dropped, w.identities(p.selves)
	out.Container, out.Contained, out.Shown = w.text(p.container), p.contained, p.shown
	if p.found != nil {
		out.Found = w.image(p.found)
	}
	out.Images = w.made.imageRefs.Make(len(p.images))
	for i := range p.images {
		out.Images[i] = w.image(&p.images[i])
	}
	if p.asked != never {
		asked := p.asked
		out.Asked = &asked
	}
	return out
}

func (w *writer) thread(it *threadNode) *statepb.ProcessTree_Thread {
	th := &it.Value
	out := w.made.threads.New()
	out.Entity, out.Kept, out.Source, out.Since = it.Key, keep(&w.made, it), uint32(th.source), th.since
	out.Process, out.Pid, out.Tid, out.NsTid = th.kin.elder, th.pid, th.tid, th.nsTID
	out.Uid, out.Gid, out.Start, out.Exit = th.uid, th.gid, th.start, th.exit
	out.Name, out.Selves = w.text(th.name), w.identities(th.selves)
	return out
}

func (w *writer) identities(list identities) []*statepb.ProcessTree_Identity {
	out := w.made.selves.Make(len(list))
	for k, i := range list {
		self := w.made.identities.New()
		self.Time, self.Name, self.Uid, self.Gid = i.time, w.text(i.name), i.uid, i.gid
		out[k] = self
	}
	return out
}

func (w *writer) image(im *image) *statepb.ProcessTree_Image {
	out := w.made.images.New()
	out.Time, out.Uid, out.Gid, out.Told, out.Executed, out.Hearsay = im.time, im.uid, im.gid, im.told, im.executed, im.hearsay
	out.Name, out.Executable, out.Args = w.text(im.name), w.text(im.executable), w.list(im.args)
	out.Handed, out.Current, out.Copied = w.lineage(im.lineage), im.lineage != nil && im.epoch == w.tree.epoch, im.copied
	if im.file != nil {
		out.File = w.file(im.file)
	}
	return out
}

func (w *writer) file(f *file) *statepb.ProcessTree_File {
	out := w.made.files.New()
	out.Inode, out.Ctime, out.Device, out.Mode = f.inode, f.ctime, f.device, f.mode
	out.UpperLayer, out.Memfd, out.Deleted = f.upper, f.memfd, f.deleted
	out.Loader, out.Interp = w.text(f.loader), w.text(f.interp)
	return out
}
