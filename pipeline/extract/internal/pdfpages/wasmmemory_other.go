//go:build !linux || !(amd64 || arm64)

package pdfpages

import (
	"context"
)

func withWASMMemory(ctx context.Context) context.Context { return ctx }

var wasmUsed int
