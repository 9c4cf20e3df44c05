package tracee

import (
	"errors"
	"strings"

	"github.com/aquasecurity/tracee/types/detect"
	"github.com/aquasecurity/tracee/types/protocol"
	"github.com/aquasecurity/tracee/types/trace"
)

// authored is what the signatures of these tests have in common. They are
// written as authors write them for Tracee: a struct that keeps its callback, a
// type assertion of the payload, and the helpers of the types module.
type authored struct {
	report detect.SignatureHandler
	log    detect.Logger
}

func (a *authored) Init(c detect.SignatureContext) error {
	a.report, a.log = c.Callback, c.Logger
	return nil
}
func (a *authored) OnSignal(detect.Signal) error { return nil }
func (a *authored) Close()                       {}

func (a *authored) found(m detect.SignatureMetadata, e protocol.Event, data map[string]any) error {
	//nolint:staticcheck // existing signatures write the field
	a.report(&detect.Finding{SigMetadata: m, Event: e, Data: data})
	return nil
}

func selecting(origin string, names ...string) ([]detect.SignatureEventSelector, error) {
	var list []detect.SignatureEventSelector
	for _, name := range names {
		list = append(list, detect.SignatureEventSelector{Source: "tracee", Name: name, Origin: origin})
	}
	return list, nil
}

var errPayload = errors.New("the payload is no trace.Event")

// apiConnection remembers the address of the API server of each container: the
// state that needs an instance for each partition.
type apiConnection struct {
	authored
	servers map[string]string
}

func (s *apiConnection) Init(c detect.SignatureContext) error {
	s.servers = map[string]string{}
	return s.authored.Init(c)
}

func (s *apiConnection) GetMetadata() (detect.SignatureMetadata, error) {
	return detect.SignatureMetadata{ID: "TRC-1013", Version: "0.1.0", Name: "API server", EventName: "k8s_api_connection"}, nil
}

func (s *apiConnection) GetSelectedEvents() ([]detect.SignatureEventSelector, error) {
	return selecting("container", "sched_process_exec", "security_socket_connect")
}

func (s *apiConnection) OnEvent(e protocol.Event) error {
	payload, ok := e.Payload.(trace.Event)
	if !ok {
		return errPayload
	}
	if payload.EventName == "sched_process_exec" {
		env, err := payload.GetSliceStringArgumentByName("env")
		for _, variable := range env {
			if address, found := strings.CutPrefix(variable, "KUBERNETES_SERVICE_HOST="); found {
				s.servers[payload.Container.ID] = address
			}
		}
		return err
	}
	remote, err := payload.GetRawAddrArgumentByName("remote_addr")
	if err != nil {
		return err
	}
	if server := s.servers[payload.Container.ID]; server != "" && remote["sin_addr"] == server {
		m, _ := s.GetMetadata()
		return s.found(m, e, map[string]any{"ip": server})
	}
	return nil
}

// wordsTracer compares words, as up to v0.22.
type wordsTracer struct{ authored }

func (*wordsTracer) GetMetadata() (detect.SignatureMetadata, error) {
	return detect.SignatureMetadata{ID: "TRC-102", Version: "1", EventName: "anti_debugging"}, nil
}

func (*wordsTracer) GetSelectedEvents() ([]detect.SignatureEventSelector, error) {
	return selecting("*", "ptrace")
}

func (s *wordsTracer) OnEvent(e protocol.Event) error {
	payload, ok := e.Payload.(trace.Event)
	if !ok {
		return errPayload
	}
	request, err := payload.GetStringArgumentByName("request")
	if err != nil || request != "PTRACE_TRACEME" {
		return err
	}
	m, _ := s.GetMetadata()
	return s.found(m, e, nil)
}

// numbersTracer compares numbers, as from v0.23 on.
type numbersTracer struct{ wordsTracer }

func (s *numbersTracer) OnEvent(e protocol.Event) error {
	payload, ok := e.Payload.(trace.Event)
	if !ok {
		return errPayload
	}
	request, err := payload.GetIntArgumentByName("request")
	if err != nil || request != 0 {
		return err
	}
	m, _ := s.GetMetadata()
	return s.found(m, e, nil)
}

// codeLoading compares an enumeration of the types module.
type codeLoading struct{ authored }

func (*codeLoading) GetMetadata() (detect.SignatureMetadata, error) {
	return detect.SignatureMetadata{ID: "TRC-104", Version: "1", EventName: "dynamic_code_loading"}, nil
}

func (*codeLoading) GetSelectedEvents() ([]detect.SignatureEventSelector, error) {
	return selecting("*", "mem_prot_alert")
}

func (s *codeLoading) OnEvent(e protocol.Event) error {
	payload, ok := e.Payload.(trace.Event)
	if !ok {
		return errPayload
	}
	alert, err := payload.GetUintArgumentByName("alert")
	if err != nil || trace.MemProtAlert(alert) != trace.ProtAlertMprotectWXToX {
		return err
	}
	m, _ := s.GetMetadata()
	return s.found(m, e, nil)
}

// hookedFiles reads a list of structs and shows it.
type hookedFiles struct{ authored }

func (*hookedFiles) GetMetadata() (detect.SignatureMetadata, error) {
	return detect.SignatureMetadata{ID: "TRC-1020", Version: "1", EventName: "proc_fops_hooking"}, nil
}

func (*hookedFiles) GetSelectedEvents() ([]detect.SignatureEventSelector, error) {
	return selecting("host", "hooked_proc_fops")
}

func (s *hookedFiles) OnEvent(e protocol.Event) error {
	payload, ok := e.Payload.(trace.Event)
	if !ok {
		return errPayload
	}
	hooked, err := payload.GetHookedSymbolDataArgumentByName("hooked_fops_pointers")
	if err != nil || len(hooked) == 0 {
		return err
	}
	m, _ := s.GetMetadata()
	return s.found(m, e, map[string]any{"Hooked proc file operations": hooked})
}

// droppedProgram reads bytes.
type droppedProgram struct{ authored }

func (*droppedProgram) GetMetadata() (detect.SignatureMetadata, error) {
	return detect.SignatureMetadata{ID: "TRC-1022", Version: "1", EventName: "dropped_executable"}, nil
}

func (*droppedProgram) GetSelectedEvents() ([]detect.SignatureEventSelector, error) {
	return selecting("container", "magic_write")
}

func (s *droppedProgram) OnEvent(e protocol.Event) error {
	payload, ok := e.Payload.(trace.Event)
	if !ok {
		return errPayload
	}
	content, err := payload.GetBytesSliceArgumentByName("bytes")
	if err != nil {
		return err
	}
	path, err := payload.GetStringArgumentByName("pathname")
	inMemory := strings.HasPrefix(path, "memfd:") || strings.HasPrefix(path, "/dev/shm/") || strings.HasPrefix(path, "/run/shm/")
	if err != nil || inMemory || !strings.HasPrefix(string(content), "\x7fELF") {
		return err
	}
	m, _ := s.GetMetadata()
	return s.found(m, e, map[string]any{"path": path})
}
