package processtree

import (
	"errors"

	"github.com/weirsec/weir/schemas/statepb"
)

// readProcess makes one process, without what was handed out.
func (r *reader) readProcess(in *statepb.ProcessTree_Process) error {
	it, err := add(r.tree.processes, in.GetEntity(), in.GetKept())
	if err != nil {
		return err
	}
	if in.GetSource() > uint32(forked) {
		return errWho
	}
	container, err := r.text(in.GetContainer())
	if err != nil {
		return err
	}
	it.Value = process{
		source: source(in.GetSource()), since: in.GetSince(), pid: in.GetPid(), nsPID: in.GetNsPid(), ppid: in.GetPpid(),
		start: in.GetStart(), exit: in.GetExit(), last: in.GetLast(), over: in.GetOver(), lost: in.GetLost(),
		dropped: in.GetDropped(), container: r.tree.shared(container), contained: in.GetContained(),
		asked: never, shown: in.GetShown(),
	}
	p := &it.Value
	if in.Asked != nil {
		p.asked = in.GetAsked()
	}
	r.tree.children.join(it, in.GetParent())
	var errFirst, errSelves error
	p.first, errFirst = r.readImage(in.GetFirst())
	p.selves, errSelves = r.readIdentities(in.GetSelves())
	r.nodes = append(r.nodes, it)
	return errors.Join(errFirst, errSelves, r.readImages(p, in))
}

// readImages reads what it was found with and what it executed.
func (r *reader) readImages(p *process, in *statepb.ProcessTree_Process) error {
	if in.Found != nil {
		found, err := r.readImage(in.Found)
		if err != nil {
			return err
		}
		p.found = &found
	}
	if len(in.Images) > maxImages || p.dropped && len(in.Images) == 0 {
		return errOrder
	}
	for i, one := range in.Images {
		im, err := r.readImage(one)
		if err != nil {
			return err
		}
		if i > 0 && p.images[i-1].time >= im.time {
			return errOrder
		}
		p.images = append(p.images, im)
	}
	return nil
}

func (r *reader) readImage(in *statepb.ProcessTree_Image) (image, error) {
	name, errName := r.text(in.GetName())
	executable, errExecutable := r.text(in.GetExecutable())
	args, errArgs := at(r.lists, in.GetArgs())
	im := image{
		time: in.GetTime(), uid: in.GetUid(), gid: in.GetGid(), name: name, executable: executable, args: args,
		told: in.GetTold(), executed: in.GetExecuted(), hearsay: in.GetHearsay(), copied: in.GetCopied(),
	}
	err := errors.Join(errName, errExecutable, errArgs)
	if f := in.GetFile(); f != nil {
		loader, errLoader := r.text(f.GetLoader())
		interp, errInterp := r.text(f.GetInterp())
		err = errors.Join(err, errLoader, errInterp)
		im.file = &file{
			inode: f.GetInode(), ctime: f.GetCtime(), device: f.GetDevice(), mode: f.GetMode(),
			upper: f.GetUpperLayer(), memfd: f.GetMemfd(), deleted: f.GetDeleted(),
			loader: r.tree.shared(loader), interp: r.tree.shared(interp),
		}
	}
	return im, err
}

// readLineages gives the images what was handed out with them.
func (r *reader) readLineages() error {
	for n, in := range r.in.Processes {
		for i, im := range r.nodes[n].Value.everyImage() {
			one := in.GetFirst()
			switch {
			case i == 1:
				one = in.GetFound()
			case i > 1:
				one = in.GetImages()[i-2]
			}
			lineage, err := at(r.handed, one.GetHanded())
			if err != nil {
				return err
			}
			im.lineage = lineage
			if one.GetCurrent() {
				im.epoch = r.tree.epoch
			}
		}
	}
	return nil
}

func (r *reader) readThread(in *statepb.ProcessTree_Thread) error {
	it, err := add(r.tree.threads, in.GetEntity(), in.GetKept())
	if err != nil {
		return err
	}
	if in.GetSource() > uint32(forked) {
		return errWho
	}
	name, err := r.text(in.GetName())
	if err != nil {
		return err
	}
	it.Value = thread{
		source: source(in.GetSource()), since: in.GetSince(), pid: in.GetPid(), tid: in.GetTid(), nsTID: in.GetNsTid(),
		uid: in.GetUid(), gid: in.GetGid(), start: in.GetStart(), exit: in.GetExit(), name: name,
	}
	it.Value.selves, err = r.readIdentities(in.GetSelves())
	r.tree.tasks.join(it, in.GetProcess())
	return err
}

func (r *reader) readIdentities(in []*statepb.ProcessTree_Identity) (list identities, err error) {
	if len(in) > maxIdentities {
		return nil, errOrder
	}
	for i, one := range in {
		name, err := r.text(one.GetName())
		if err != nil {
			return nil, err
		}
		if i > 0 && in[i-1].GetTime() >= one.GetTime() {
			return nil, errOrder
		}
		list = append(list, identity{one.GetTime(), name, one.GetUid(), one.GetGid()})
	}
	return list, nil
}
