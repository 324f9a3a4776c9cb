//go:build linux && (amd64 || arm64)

package pdfpages

import (
	"context"

	"github.com/tetratelabs/wazero/experimental"
	"golang.org/x/sys/unix"
)

// withWASMMemory lets WebAssembly get its memory from the kernel: it grows in place, without the second
// copy that the default makes, and is released as a whole.
func withWASMMemory(ctx context.Context) context.Context {
	return experimental.WithMemoryAllocator(ctx, experimental.MemoryAllocatorFunc(func(_,
		most uint64) experimental.LinearMemory {
		space, err := unix.Mmap(-1, 0, int(most), unix.PROT_NONE,
			unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
		if err != nil {
			panic("no addresses for WebAssembly: " + err.Error())
		}
		return &wasmMemory{space: space}
	}))
}

// wasmMemory reserves all addresses at once and makes them usable as the memory grows.
type wasmMemory struct {
	space []byte // all addresses
	size  int    // of those that can be used
}

// wasmUsed is the number of bytes that WebAssembly holds.
var wasmUsed int

// Reallocate implements experimental.LinearMemory. It returns nil if the kernel has no more memory, which WebAssembly
// sees as a failed growth.
func (m *wasmMemory) Reallocate(size uint64) []byte {
	if n := int(size); n > m.size {
		if n > len(m.space) || unix.Mprotect(m.space[m.size:n], unix.PROT_READ|unix.PROT_WRITE) != nil {
			return nil
		}
		wasmUsed += n - m.size
		m.size = n
	}
	return m.space[:size:size]
}

// Free implements experimental.LinearMemory.
func (m *wasmMemory) Free() {
	wasmUsed -= m.size
	unix.Munmap(m.space)
	m.space, m.size = nil, 0
}
