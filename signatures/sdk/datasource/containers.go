package datasource

// ContainerKeys are the keys of a result of "containers" with their types.
// Times are Unix nanoseconds, 0 where they are not known. Digest and labels are
// not in Tracee.
func ContainerKeys() map[string]string {
	return map[string]string{
		"container_id": "string", "container_ctime": "int", "container_name": "string", "container_image": "string",
		"container_image_digest": "string", "container_labels": "map[string]string",
		"k8s_pod_id": "string", "k8s_pod_name": "string", "k8s_pod_namespace": "string", "k8s_pod_sandbox": "bool",
		"k8s_pod_labels": "map[string]string",
	}
}
