package event

// contextMember reads a key that says something about the thread.
func (p *parser) contextMember(c *Context, key string) {
	switch key {
	case "threadStartTime":
		c.ThreadStartTime = p.int(key)
	case "processId":
		c.PID = p.int32(key)
	case "threadId":
		c.TID = p.int32(key)
	case "parentProcessId":
		c.PPID = p.int32(key)
	case "hostProcessId":
		c.HostPID = p.int32(key)
	case "hostThreadId":
		c.HostTID = p.int32(key)
	case "hostParentProcessId":
		c.HostPPID = p.int32(key)
	case "userId":
		c.UID = p.uint32(key)
	case "mountNamespace":
		c.MountNS = p.uint32(key)
	case "pidNamespace":
		c.PIDNS = p.uint32(key)
	case "cgroupId":
		c.CgroupID = p.uint(key)
	case "processName":
		c.ProcessName = p.string(key)
	case "hostName":
		c.HostName = p.string(key)
	case "executable":
		p.executable(c, key)
	case "threadEntityId":
		c.ThreadEntityID = p.uint32(key)
	case "processEntityId":
		c.ProcessEntityID = p.uint32(key)
	case "parentEntityId":
		c.ParentEntityID = p.uint32(key)
	default:
		p.containerMember(&c.Container, &c.Kubernetes, key)
	}
}

// executable is an object today and was a path before.
func (p *parser) executable(c *Context, key string) {
	if p.data[p.pos] == '"' {
		c.Executable = p.string(key)
		return
	}
	p.object(key, func(key string) {
		if key == "path" {
			c.Executable = p.string(key)
			return
		}
		p.skip()
	})
}

// containerMember reads what is known of container and pod: objects since
// v0.13, flat keys before. Whichever is not empty counts.
func (p *parser) containerMember(c *Container, k *Kubernetes, key string) {
	switch key {
	case "container":
		p.object(key, func(key string) {
			switch key {
			case "id":
				p.fill(&c.ID, key)
			case "name":
				p.fill(&c.Name, key)
			case "image":
				p.fill(&c.Image, key)
			case "imageDigest":
				p.fill(&c.ImageDigest, key)
			case "labels":
				p.labels(&c.Labels, key)
			default:
				p.skip()
			}
		})
	case "kubernetes":
		p.object(key, func(key string) {
			switch key {
			case "podSandbox":
				k.PodSandbox = p.bool(key)
			case "podLabels":
				p.labels(&k.PodLabels, key)
			default:
				p.podMember(k, key)
			}
		})
	case "containerId":
		p.fill(&c.ID, key)
	case "containerName":
		p.fill(&c.Name, key)
	case "containerImage":
		p.fill(&c.Image, key)
	default:
		p.podMember(k, key)
	}
}

func (p *parser) podMember(k *Kubernetes, key string) {
	switch key {
	case "podName":
		p.fill(&k.PodName, key)
	case "podNamespace":
		p.fill(&k.PodNamespace, key)
	case "podUID":
		p.fill(&k.PodUID, key)
	default:
		p.skip()
	}
}

// labels reads an object of texts.
func (p *parser) labels(into **Labels, key string) {
	var pairs []string
	p.object(key, func(key string) { pairs = append(pairs, key, p.string(key)) })
	*into = NewLabels(pairs...)
}

// fill sets a text that is not set yet by another key.
func (p *parser) fill(text *string, key string) {
	if s := p.string(key); *text == "" {
		*text = s
	}
}
