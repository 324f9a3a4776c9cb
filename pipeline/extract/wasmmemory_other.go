//go:build !linux || !(amd64 || arm64)

package extract

import "context"

func withWASMMemory(ctx context.Context) context.Context { return ctx }

var wasmUsed int
