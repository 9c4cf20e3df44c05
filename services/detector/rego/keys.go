package rego

import "github.com/open-policy-agent/opa/v1/ast"

// keys holds the keys of the input document, made once: they are the same in
// every event, and topdown only reads them.
var keys = newKeyTable()

// keyTable is every key that the flat form of an event can have.
type keyTable struct {
	timestamp           *ast.Term
	threadStartTime     *ast.Term
	processorID         *ast.Term
	processID           *ast.Term
	cgroupID            *ast.Term
	threadID            *ast.Term
	parentProcessID     *ast.Term
	hostProcessID       *ast.Term
	hostThreadID        *ast.Term
	hostParentProcessID *ast.Term
	userID              *ast.Term
	mountNamespace      *ast.Term
	pidNamespace        *ast.Term
	processName         *ast.Term
	executable          *ast.Term
	hostName            *ast.Term
	containerID         *ast.Term
	container           *ast.Term
	kubernetes          *ast.Term
	eventID             *ast.Term
	eventName           *ast.Term
	matchedPolicies     *ast.Term
	argsNum             *ast.Term
	returnValue         *ast.Term
	syscall             *ast.Term
	stackAddresses      *ast.Term
	contextFlags        *ast.Term
	threadEntityID      *ast.Term
	processEntityID     *ast.Term
	parentEntityID      *ast.Term
	args                *ast.Term
	metadata            *ast.Term
	path                *ast.Term
	id                  *ast.Term
	name                *ast.Term
	image               *ast.Term
	imageDigest         *ast.Term
	podName             *ast.Term
	podNamespace        *ast.Term
	podUID              *ast.Term
	podSandbox          *ast.Term
	containerStarted    *ast.Term
	isCompat            *ast.Term
	argType             *ast.Term
	value               *ast.Term
}

func newKeyTable() keyTable {
	return keyTable{
		timestamp:           ast.StringTerm("timestamp"),
		threadStartTime:     ast.StringTerm("threadStartTime"),
		processorID:         ast.StringTerm("processorId"),
		processID:           ast.StringTerm("processId"),
		cgroupID:            ast.StringTerm("cgroupId"),
		threadID:            ast.StringTerm("threadId"),
		parentProcessID:     ast.StringTerm("parentProcessId"),
		hostProcessID:       ast.StringTerm("hostProcessId"),
		hostThreadID:        ast.StringTerm("hostThreadId"),
		hostParentProcessID: ast.StringTerm("hostParentProcessId"),
		userID:              ast.StringTerm("userId"),
		mountNamespace:      ast.StringTerm("mountNamespace"),
		pidNamespace:        ast.StringTerm("pidNamespace"),
		processName:         ast.StringTerm("processName"),
		executable:          ast.StringTerm("executable"),
		hostName:            ast.StringTerm("hostName"),
		containerID:         ast.StringTerm("containerId"),
		container:           ast.StringTerm("container"),
		kubernetes:          ast.StringTerm("kubernetes"),
		eventID:             ast.StringTerm("eventId"),
		eventName:           ast.StringTerm("eventName"),
		matchedPolicies:     ast.StringTerm("matchedPolicies"),
		argsNum:             ast.StringTerm("argsNum"),
		returnValue:         ast.StringTerm("returnValue"),
		syscall:             ast.StringTerm("syscall"),
		stackAddresses:      ast.StringTerm("stackAddresses"),
		contextFlags:        ast.StringTerm("contextFlags"),
		threadEntityID:      ast.StringTerm("threadEntityId"),
		processEntityID:     ast.StringTerm("processEntityId"),
		parentEntityID:      ast.StringTerm("parentEntityId"),
		args:                ast.StringTerm("args"),
		metadata:            ast.StringTerm("metadata"),
		path:                ast.StringTerm("path"),
		id:                  ast.StringTerm("id"),
		name:                ast.StringTerm("name"),
		image:               ast.StringTerm("image"),
		imageDigest:         ast.StringTerm("imageDigest"),
		podName:             ast.StringTerm("podName"),
		podNamespace:        ast.StringTerm("podNamespace"),
		podUID:              ast.StringTerm("podUID"),
		podSandbox:          ast.StringTerm("podSandbox"),
		containerStarted:    ast.StringTerm("containerStarted"),
		isCompat:            ast.StringTerm("isCompat"),
		argType:             ast.StringTerm("type"),
		value:               ast.StringTerm("value"),
	}
}
