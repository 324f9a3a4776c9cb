package confine

// The kinds of access that a probe tries.
const (
	Files          = "files"
	probeNetwork   = "network"
	probeSockets   = "sockets"
	probeProcesses = "processes"
	probeSignals   = "signals"
	probeMemory    = "memory"
	probeKernel    = "kernel"
)

// ProbeKinds lists the kinds of access that confinement closes, in the order in which they are reported.
var ProbeKinds = []string{Files, probeNetwork, probeSockets, probeProcesses, probeSignals, probeMemory, probeKernel}

// Targets are the files and sockets that a probe tries to reach.
type Targets struct {
	Read    []string `json:"read"`
	Write   []string `json:"write"`
	Sockets []string `json:"sockets"` // paths; an abstract name begins with @
}

// Open is what a probe could do, by kind; empty if confinement holds.
type Open map[string][]string
