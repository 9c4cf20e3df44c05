package event

// workloadMember reads what is known of the process, container and pod.
func (p *protoParser) workloadMember(key string) {
	c := p.event.Context
	switch key {
	case "process":
		p.object(key, p.processMember)
	case "container":
		p.object(key, func(key string) {
			switch key {
			case "id":
				c.Container.ID = p.string(key)
			case "name":
				c.Container.Name = p.string(key)
			case "image":
				p.object(key, p.imageMember)
			case "started", "is_running", "isRunning":
				c.ContainerStarted = p.bool(key)
			default:
				p.skip()
			}
		})
	case "k8s":
		p.object(key, p.podMember)
	default:
		p.skip()
	}
}

func (p *protoParser) imageMember(key string) {
	c := &p.event.Context.Container
	switch key {
	case "name":
		c.Image = p.string(key)
	case "repo_digests", "repoDigests":
		if list := p.texts(key); len(list) > 0 {
			c.ImageDigest = list[0]
		}
	default:
		p.skip()
	}
}

func (p *protoParser) podMember(key string) {
	k := &p.event.Context.Kubernetes
	inner := func(fields map[string]*string) {
		p.object(key, func(key string) {
			if field := fields[key]; field != nil {
				*field = p.string(key)
				return
			}
			p.skip()
		})
	}
	switch key {
	case "pod":
		inner(map[string]*string{"name": &k.PodName, "uid": &k.PodUID})
	case "namespace":
		inner(map[string]*string{"name": &k.PodNamespace})
	default:
		p.skip()
	}
}

func (p *protoParser) processMember(key string) {
	c := p.event.Context
	switch key {
	case "executable":
		p.executable(c, key)
	case "unique_id", "uniqueId":
		c.ProcessEntityID = p.uint32(key)
	case "host_pid", "hostPid":
		c.HostPID = p.processID(key)
	case "pid":
		c.PID = p.processID(key)
	case "real_user", "realUser":
		p.object(key, func(key string) {
			if key == "id" {
				c.UID = p.uint32(key)
				return
			}
			p.skip()
		})
	case "thread":
		p.object(key, p.threadMember)
	case "ancestors":
		nearest := true
		p.array(key, func() {
			if !nearest {
				p.skip()
				return
			}
			nearest = false
			p.object(key, p.parentMember)
		})
	default:
		p.skip()
	}
}

// parentMember reads the first ancestor, which the flat form names too.
func (p *protoParser) parentMember(key string) {
	c := p.event.Context
	switch key {
	case "unique_id", "uniqueId":
		c.ParentEntityID = p.uint32(key)
	case "host_pid", "hostPid":
		c.HostPPID = p.processID(key)
	case "pid":
		c.PPID = p.processID(key)
	default:
		p.skip()
	}
}

func (p *protoParser) threadMember(key string) {
	c := p.event.Context
	switch key {
	case "start_time", "startTime":
		c.ThreadStartTime = p.time(key)
	case "name":
		c.ProcessName = p.string(key)
	case "unique_id", "uniqueId":
		c.ThreadEntityID = p.uint32(key)
	case "host_tid", "hostTid":
		c.HostTID = p.processID(key)
	case "tid":
		c.TID = p.processID(key)
	case "syscall":
		p.event.Syscall = p.string(key)
	case "compat":
		p.event.Compat = p.bool(key)
	case "user_stack_trace", "userStackTrace":
		p.object(key, p.stackMember)
	default:
		p.skip()
	}
}

// stackMember reads the addresses; what symbols they have the flat form does not
// say.
func (p *protoParser) stackMember(key string) {
	if key != "addresses" {
		p.skip()
		return
	}
	var list []uint64
	p.array(key, func() {
		p.object(key, func(key string) {
			if key == "address" {
				list = append(list, p.uintText(key))
				return
			}
			p.skip()
		})
	})
	if len(list) > 0 {
		p.extra().StackAddresses = list
	}
}

// processID reads the number of a process. The schema has it without a sign.
func (p *protoParser) processID(key string) int32 { return int32(p.uint32(key)) }
