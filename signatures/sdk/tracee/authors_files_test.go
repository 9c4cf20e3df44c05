package tracee

import (
	"path"
	"strings"

	"github.com/aquasecurity/tracee/types/detect"
	"github.com/aquasecurity/tracee/types/protocol"
	"github.com/aquasecurity/tracee/types/trace"
)

// releaseAgent fires on a file that is opened for writing or renamed to. It
// reads flags as its form has them.
type releaseAgent struct {
	authored
	words bool
}

func (*releaseAgent) GetMetadata() (detect.SignatureMetadata, error) {
	return detect.SignatureMetadata{ID: "TRC-1010", Version: "1", EventName: "cgroup_release_agent"}, nil
}

func (*releaseAgent) GetSelectedEvents() ([]detect.SignatureEventSelector, error) {
	return selecting("container", "security_file_open", "security_inode_rename")
}

func (s *releaseAgent) OnEvent(e protocol.Event) error {
	payload, ok := e.Payload.(trace.Event)
	if !ok {
		return errPayload
	}
	name := "new_path"
	if payload.EventName == "security_file_open" {
		name = "pathname"
		written, err := s.writes(payload)
		if err != nil || !written {
			return err
		}
	}
	file, err := payload.GetStringArgumentByName(name)
	if err != nil || path.Base(file) != "release_agent" {
		return err
	}
	m, _ := s.GetMetadata()
	return s.found(m, e, nil)
}

func (s *releaseAgent) writes(e trace.Event) (bool, error) {
	if s.words {
		flags, err := e.GetStringArgumentByName("flags")
		lower := strings.ToLower(flags)
		return strings.Contains(lower, "o_wronly") || strings.Contains(lower, "o_rdwr"), err
	}
	flags, err := e.GetIntArgumentByName("flags")
	return flags&3 == 1 || flags&3 == 2, err
}

// standardSocket reads a number and an address, and shows both.
type standardSocket struct{ authored }

func (*standardSocket) GetMetadata() (detect.SignatureMetadata, error) {
	return detect.SignatureMetadata{ID: "TRC-101", Version: "2", EventName: "stdio_over_socket"}, nil
}

func (*standardSocket) GetSelectedEvents() ([]detect.SignatureEventSelector, error) {
	return selecting("*", "security_socket_connect", "socket_dup")
}

func (s *standardSocket) OnEvent(e protocol.Event) error {
	payload, ok := e.Payload.(trace.Event)
	if !ok {
		return errPayload
	}
	name := map[string]string{"security_socket_connect": "sockfd", "socket_dup": "newfd"}[payload.EventName]
	fd, err := payload.GetIntArgumentByName(name)
	if err != nil || fd < 0 || fd > 2 {
		return err
	}
	remote, err := payload.GetRawAddrArgumentByName("remote_addr")
	if err != nil {
		return err
	}
	var ip, port string
	switch remote["sa_family"] {
	case "AF_INET":
		ip, port = remote["sin_addr"], remote["sin_port"]
	case "AF_INET6":
		ip, port = remote["sin6_addr"], remote["sin6_port"]
	default:
		return nil
	}
	if port == "" || port == "0" {
		return nil
	}
	m, _ := s.GetMetadata()
	return s.found(m, e, map[string]any{"IP address": ip, "Port": port, "File descriptor": fd})
}

// foreignWrite compares two numbers of the event.
type foreignWrite struct{ authored }

func (*foreignWrite) GetMetadata() (detect.SignatureMetadata, error) {
	return detect.SignatureMetadata{ID: "TRC-1025", Version: "1", EventName: "process_vm_write_inject"}, nil
}

func (*foreignWrite) GetSelectedEvents() ([]detect.SignatureEventSelector, error) {
	return selecting("*", "process_vm_writev")
}

func (s *foreignWrite) OnEvent(e protocol.Event) error {
	payload, ok := e.Payload.(trace.Event)
	if !ok {
		return errPayload
	}
	pid, err := payload.GetIntArgumentByName("pid")
	if err != nil || pid == payload.ProcessID {
		return err
	}
	m, _ := s.GetMetadata()
	return s.found(m, e, nil)
}
