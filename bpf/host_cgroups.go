package bpf

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
)

// SetHostCgroup says whether a cgroup is known to belong to no container: then
// events that are wanted of containers alone are left out there. A cgroup that
// nothing is known of may be a container's.
func (p *Programs) SetHostCgroup(id uint64, host bool) error {
	var err error
	if host {
		err = p.maps["host_cgroups"].Put(id, uint8(1))
	} else if err = p.maps["host_cgroups"].Delete(id); errors.Is(err, ebpf.ErrKeyNotExist) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("bpf: cgroup %d: %w", id, err)
	}
	return nil
}
