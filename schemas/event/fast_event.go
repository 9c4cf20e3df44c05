package event

// eventMember reads the value of one of the event's own keys.
func (f *fast) eventMember(key string) bool {
	e, c := f.event, f.context
	switch key {
	case "timestamp":
		return f.int(&e.Time)
	case "threadStartTime":
		return f.int(&c.ThreadStartTime)
	case "processorId":
		return f.uint32(&e.CPU)
	case "processId":
		return f.int32(&c.PID)
	case "cgroupId":
		return f.uint(&c.CgroupID)
	case "threadId":
		return f.int32(&c.TID)
	case "parentProcessId":
		return f.int32(&c.PPID)
	case "hostProcessId":
		return f.int32(&c.HostPID)
	case "hostThreadId":
		return f.int32(&c.HostTID)
	case "hostParentProcessId":
		return f.int32(&c.HostPPID)
	case "userId":
		return f.uint32(&c.UID)
	case "mountNamespace":
		return f.uint32(&c.MountNS)
	case "pidNamespace":
		return f.uint32(&c.PIDNS)
	case "processName":
		return f.string(&c.ProcessName)
	case "hostName":
		return f.string(&c.HostName)
	case "eventId":
		return f.eventID()
	case "eventName":
		return f.string(&f.shape.Name)
	case "returnValue":
		return f.int(&e.ReturnValue)
	case "syscall":
		return f.string(&e.Syscall)
	case "threadEntityId":
		return f.uint32(&c.ThreadEntityID)
	case "processEntityId":
		return f.uint32(&c.ProcessEntityID)
	case "parentEntityId":
		return f.uint32(&c.ParentEntityID)
	case "args":
		return f.args()
	default:
		return f.otherMember(key)
	}
}

// otherMember reads the values of keys that are objects, old or rare.
func (f *fast) otherMember(key string) bool {
	c := f.context
	switch key {
	case "executable":
		if f.data[f.pos] == '"' {
			return f.string(&c.Executable)
		}
		return f.object(inExecutable)
	case "container":
		return f.object(inContainer)
	case "kubernetes":
		return f.object(inKubernetes)
	case "contextFlags":
		return f.object(inFlags)
	case "containerId":
		return f.fill(&c.Container.ID)
	case "containerName":
		return f.fill(&c.Container.Name)
	case "containerImage":
		return f.fill(&c.Container.Image)
	case "argsNum":
		return f.skip(depthEvent)
	case "matchedPolicies", "stackAddresses", "metadata", "dns":
		return f.extraMember(key)
	default:
		return f.podMember(key, depthEvent)
	}
}

func (f *fast) podMember(key string, depth int) bool {
	k := &f.context.Kubernetes
	switch key {
	case "podName":
		return f.fill(&k.PodName)
	case "podNamespace":
		return f.fill(&k.PodNamespace)
	case "podUID":
		return f.fill(&k.PodUID)
	default:
		return f.skip(depth)
	}
}

// extraMember reads the keys that few events have.
func (f *fast) extraMember(key string) bool {
	if f.data[f.pos] == 'n' {
		return f.word("null")
	}
	start := f.pos
	if !f.skip(depthEvent) {
		return false
	}
	p := parser{cursor: cursor{data: f.data[:f.pos], text: f.text[:f.pos], pos: start}, event: f.event}
	p.member(key)
	return p.err == nil
}

// eventID reads the event's number, which the flat form writes as a text.
func (f *fast) eventID() bool {
	if f.data[f.pos] != '"' {
		return f.int32(&f.shape.ID)
	}
	f.pos++
	if f.pos >= len(f.data) || f.data[f.pos] == 'n' || !f.int32(&f.shape.ID) {
		return false
	}
	f.pos++
	return f.pos <= len(f.data) && f.data[f.pos-1] == '"'
}

// args reads the arguments; a second "args" replaces the first.
func (f *fast) args() bool {
	f.shape.Args, f.values = f.shape.Args[:0], f.values[:0]
	if f.data[f.pos] != '[' {
		return f.word("null")
	}
	f.pos++
	if f.space() == ']' {
		f.pos++
		return true
	}
	for {
		if f.space() != '{' || !f.arg() {
			return false
		}
		if done, ok := f.closes(']'); done || !ok {
			return ok
		}
	}
}

// arg reads one argument whose type stands before its value, if there is one.
func (f *fast) arg() bool {
	f.pos++
	f.shape.Args, f.values = append(f.shape.Args, ArgSpec{}), append(f.values, Value{})
	spec, value := &f.shape.Args[len(f.shape.Args)-1], &f.values[len(f.values)-1]
	read := false
	if f.space() == '}' {
		f.pos++
		return true
	}
	for {
		key, ok := f.key()
		switch {
		case !ok:
			return false
		case key == "name":
			ok = f.string(&spec.Name)
		case key == "type":
			ok = !read && f.string(&spec.Type)
		case key == "value":
			ok, read = f.value(value, spec.Type), true
		default:
			ok = f.skip(depthArgument)
		}
		if !ok {
			return false
		}
		if done, ok := f.closes('}'); done || !ok {
			return ok
		}
	}
}

// value reads an argument's value.
func (f *fast) value(v *Value, typ string) bool {
	switch b := f.data[f.pos]; {
	case b == '"' && typ != "bytes":
		var text string
		ok := f.string(&text)
		*v = String(text)
		return ok
	case b == '-' || digit(b):
		if f.number(v, typ) {
			return true
		}
	}
	start := f.pos
	if !f.skip(depthArgument) {
		return false
	}
	p := parser{cursor: cursor{data: f.data[:f.pos], text: f.text[:f.pos], pos: start}}
	*v = p.value(typ)
	return true
}

// number reads a whole number of up to 19 digits; where it is none, it stays
// where it was.
func (f *fast) number(v *Value, typ string) bool {
	start := f.pos
	var n int64
	if isFloat(typ) || !f.int(&n) {
		f.pos = start
		return false
	}
	if n >= 0 && isUnsigned(typ) {
		*v = Uint(uint64(n))
	} else {
		*v = Int(n)
	}
	return true
}
