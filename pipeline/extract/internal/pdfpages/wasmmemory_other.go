//go:build !linux || !(amd64 || arm64)

package pdfpages

import (
	"context"
)

// withWASMMemory returns ctx: the default allocator is used.
func withWASMMemory(ctx context.Context) context.Context { return ctx }

// wasmUsed stays 0 with the default allocator.
var wasmUsed int
