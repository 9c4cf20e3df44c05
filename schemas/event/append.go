package event

import (
	"strconv"
)

// AppendJSON appends the event in the flat trace.Event form, one line without a
// line end, to dst. Numbers that stand for something (flags, requests,
// families) are written in words, as Rego signatures expect them; see Parsed.
// The result is always valid JSON in valid UTF-8: bytes of kernel strings that
// are not become U+FFFD each.
func AppendJSON(dst []byte, e *Event) []byte { return appendEvent(dst, e, true) }

// AppendRawJSON is AppendJSON with the arguments as they were observed: the form
// of Tracee's newer era, whose signatures compare numbers.
func AppendRawJSON(dst []byte, e *Event) []byte { return appendEvent(dst, e, false) }

func appendEvent(dst []byte, e *Event, parsed bool) []byte {
	c := e.Context
	dst = appendInt(dst, `{"timestamp":`, e.Time)
	dst = appendInt(dst, `,"threadStartTime":`, c.ThreadStartTime)
	dst = appendInt(dst, `,"processorId":`, int64(e.CPU))
	dst = appendInt(dst, `,"processId":`, int64(c.PID))
	dst = append(dst, `,"cgroupId":`...)
	dst = strconv.AppendUint(dst, c.CgroupID, 10)
	dst = appendInt(dst, `,"threadId":`, int64(c.TID))
	dst = appendInt(dst, `,"parentProcessId":`, int64(c.PPID))
	dst = appendInt(dst, `,"hostProcessId":`, int64(c.HostPID))
	dst = appendInt(dst, `,"hostThreadId":`, int64(c.HostTID))
	dst = appendInt(dst, `,"hostParentProcessId":`, int64(c.HostPPID))
	dst = appendInt(dst, `,"userId":`, int64(c.UID))
	dst = appendInt(dst, `,"mountNamespace":`, int64(c.MountNS))
	dst = appendInt(dst, `,"pidNamespace":`, int64(c.PIDNS))
	dst = appendText(dst, `,"processName":`, c.ProcessName)
	dst = appendText(dst, `,"executable":{"path":`, c.Executable)
	dst = appendText(dst, `},"hostName":`, c.HostName)
	dst = appendText(dst, `,"containerId":`, c.Container.ID)
	dst = appendContainer(dst, &c.Container)
	dst = appendKubernetes(dst, &c.Kubernetes)
	dst = appendInt(dst, `,"eventId":"`, int64(e.Shape.ID))
	dst = appendText(dst, `","eventName":`, e.Shape.Name)
	if e.Extra != nil && len(e.Extra.MatchedPolicies) > 0 {
		dst = append(dst, `,"matchedPolicies":`...)
		dst = appendTexts(dst, e.Extra.MatchedPolicies)
	}
	dst = appendInt(dst, `,"argsNum":`, int64(len(e.Shape.Args)))
	dst = appendInt(dst, `,"returnValue":`, e.ReturnValue)
	dst = appendText(dst, `,"syscall":`, e.Syscall)
	dst = appendStack(dst, e.Extra)
	dst = append(dst, `,"contextFlags":{"containerStarted":`...)
	dst = strconv.AppendBool(dst, c.ContainerStarted)
	dst = append(dst, `,"isCompat":`...)
	dst = strconv.AppendBool(dst, e.Compat)
	dst = appendInt(dst, `},"threadEntityId":`, int64(c.ThreadEntityID))
	dst = appendInt(dst, `,"processEntityId":`, int64(c.ProcessEntityID))
	dst = appendInt(dst, `,"parentEntityId":`, int64(c.ParentEntityID))
	dst = appendArgs(dst, e, parsed)
	if e.Extra != nil && len(e.Extra.Metadata) > 0 {
		dst = append(dst, `,"metadata":`...)
		dst = appendValid(dst, string(e.Extra.Metadata))
	}
	return append(dst, '}')
}

func appendArgs(dst []byte, e *Event, parsed bool) []byte {
	dst = append(dst, `,"args":[`...)
	for i := range e.Shape.Args {
		v, typ := e.at(i), e.Shape.Args[i].Type
		if parsed {
			v, typ = e.Parsed(i)
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendText(dst, `{"name":`, e.Shape.Args[i].Name)
		dst = appendText(dst, `,"type":`, typ)
		dst = append(dst, `,"value":`...)
		dst = append(appendValue(dst, v), '}')
	}
	return append(dst, ']')
}

func appendContainer(dst []byte, k *Container) []byte {
	dst = append(dst, `,"container":{`...)
	start := len(dst)
	dst = appendMember(dst, start, `"id":`, k.ID)
	dst = appendMember(dst, start, `"name":`, k.Name)
	dst = appendMember(dst, start, `"image":`, k.Image)
	dst = appendMember(dst, start, `"imageDigest":`, k.ImageDigest)
	dst = appendLabels(dst, start, `"labels":`, k.Labels)
	return append(dst, '}')
}

func appendKubernetes(dst []byte, k *Kubernetes) []byte {
	dst = append(dst, `,"kubernetes":{`...)
	start := len(dst)
	dst = appendMember(dst, start, `"podName":`, k.PodName)
	dst = appendMember(dst, start, `"podNamespace":`, k.PodNamespace)
	dst = appendMember(dst, start, `"podUID":`, k.PodUID)
	if k.PodSandbox {
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(dst, `"podSandbox":true`...)
	}
	dst = appendLabels(dst, start, `"podLabels":`, k.PodLabels)
	return append(dst, '}')
}

// appendLabels appends an object that is left out where it is empty.
func appendLabels(dst []byte, start int, key string, labels *Labels) []byte {
	if labels.Len() == 0 {
		return dst
	}
	if len(dst) > start {
		dst = append(dst, ',')
	}
	dst = append(append(dst, key...), '{')
	start = len(dst)
	for name, value := range labels.All() {
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(appendQuoted(dst, name), ':')
		dst = appendQuoted(dst, value)
	}
	return append(dst, '}')
}

// appendMember appends a member that is left out where it is empty; start is
// where its object's members begin.
func appendMember(dst []byte, start int, key, text string) []byte {
	if text == "" {
		return dst
	}
	if len(dst) > start {
		dst = append(dst, ',')
	}
	return appendText(dst, key, text)
}

func appendStack(dst []byte, x *Extra) []byte {
	dst = append(dst, `,"stackAddresses":`...)
	if x == nil || x.StackAddresses == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, '[')
	for i, a := range x.StackAddresses {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, a, 10)
	}
	return append(dst, ']')
}

func appendInt(dst []byte, key string, n int64) []byte {
	return strconv.AppendInt(append(dst, key...), n, 10)
}

func appendText(dst []byte, key, text string) []byte {
	return appendQuoted(append(dst, key...), text)
}
