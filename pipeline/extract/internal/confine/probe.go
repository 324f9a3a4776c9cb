package confine

// What a probe tries, by kind.
const (
	Files          = "files"
	probeNetwork   = "network"
	probeSockets   = "sockets"
	probeProcesses = "processes"
	probeSignals   = "signals"
	probeMemory    = "memory"
	probeKernel    = "kernel"
)

// ProbeKinds are the kinds of things that confinement closes, in the order in which they are told.
var ProbeKinds = []string{Files, probeNetwork, probeSockets, probeProcesses, probeSignals, probeMemory, probeKernel}

// probeTargets are what a probe tries to reach.
type Targets struct {
	Read    []string `json:"read"`
	Write   []string `json:"write"`
	Sockets []string `json:"sockets"` // paths; an abstract name begins with @
}

// probeResult is what a probe could do, by kind.
type Open map[string][]string
