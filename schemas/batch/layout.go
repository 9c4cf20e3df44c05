package batch

// A layout says how the fields of one message are stored, in the order of their
// numbers, which begin with 1. A field that is not in it is skipped, as
// protobuf asks for.
const (
	// columnFull is a column of varints that is always written in full, because
	// the number of rows is taken from it.
	columnFull = 'V'
	// column is a column of varints, absent where all are 0, and a single number
	// where all are the same.
	column = 'v'
	// columnFull32 and column32 are the same with numbers of four bytes each.
	columnFull32 = 'F'
	column32     = 'f'
	// body is a message or bytes.
	body = 'b'
)

// The layouts of the messages in event.proto.
const (
	layoutBatch     = "bbbbbbbb"
	layoutTexts     = "Vb"
	layoutLists     = "VV"
	layoutShapes    = "VvvVvv"
	layoutProcesses = "Fvvvvvvvvv"
	layoutContexts  = "Fffvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv"
	layoutEvents    = "VvvvvvvvvV"
)

// The fields of Batch.
const (
	fieldEnvelope = iota + 1
	fieldTexts
	fieldLists
	fieldShapes
	fieldProcesses
	fieldContexts
	fieldEvents
	fieldExtras
)

// Fields that are the first of a second table in their message, or stand alone.
const (
	fieldTextBytes = 2
	fieldListItems = 2
	fieldArgs      = 4
	fieldValues    = 10
)

// The columns of Shapes, and of its table of arguments.
const (
	shapeID = iota
	shapeName
	shapeArgs
	shapeColumns

	argName    = 0
	argType    = 1
	argKind    = 2
	argColumns = 3
)

// The columns of Processes.
const (
	processEntityID = iota
	processPID
	processNSPID
	processUID
	processStartTime
	processExecTime
	processName
	processExecutable
	processArgs
	processParent
	processColumns
)

// The columns of Contexts.
const (
	contextProcessEntityID = iota
	contextThreadEntityID
	contextParentEntityID
	contextHostName
	contextPID
	contextTID
	contextPPID
	contextHostPID
	contextHostTID
	contextHostPPID
	contextUID
	contextGID
	contextEUID
	contextLoginUID
	contextMountNS
	contextPIDNS
	contextCgroupID
	contextProcessName
	contextExecutable
	contextThreadStartTime
	contextProcess
	contextProcessStatus
	contextContainerStatus
	contextContainerStarted
	contextContainerID
	contextContainerName
	contextContainerImage
	contextContainerImageDigest
	contextContainerRuntime
	contextPodName
	contextPodNamespace
	contextPodUID
	contextPodSandbox
	contextNetNS
	contextCapabilities
	contextTTY
	contextUnifiedCgroupID
	contextContainerLabels
	contextPodLabels
	contextColumns
)

// The columns of Events.
const (
	eventShape = iota
	eventContext
	eventSeq
	eventTime
	eventReturnValue
	eventCPU
	eventSyscall
	eventHook
	eventCompat
	eventColumns
)
