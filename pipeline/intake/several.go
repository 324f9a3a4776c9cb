package intake

import (
	"context"
	"io"
	"slices"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/rules"
)

// Bounds of what is read of a submission to see whether it holds several applications.
const (
	maxLookedAt  = 100 // documents
	maxLookBytes = 64 << 20
	maxLookTime  = 30 * time.Second
)

// several returns what is to be said of a staged submission that holds several applications; "" for one. It reads
// without OCR and within bounds: what it does not find, the flag of a run does.
func several(ctx context.Context, tmp *dir, name string, pool *extract.Pool, env *rules.Env) string {
	ctx, cancel := context.WithTimeout(ctx, maxLookTime)
	defer cancel()
	d := &dossier.Dossier{Name: name}
	left := int64(maxLookBytes)
	var add func(name string, data []byte, depth int)
	add = func(name string, data []byte, depth int) {
		if left -= int64(len(data)); left < 0 || len(d.Documents) >= maxLookedAt || depth > 3 {
			return
		}
		type part struct {
			name string
			data []byte
		}
		var inside []part
		res, err := pool.Read(ctx, data, func(p extract.Part, b []byte) error {
			if p.Problem == "" && len(inside) < maxLookedAt && int64(len(b)) < left {
				inside = append(inside, part{p.Name, slices.Clone(b)})
			}
			return nil
		})
		if err != nil {
			return
		}
		d.Documents = append(d.Documents, dossier.Document{Name: name, Type: res.Type, Pages: res.Pages})
		for _, p := range inside {
			add(name+"/"+p.name, p.data, depth+1)
		}
	}
	err := walk(tmp, name, func(f found) error {
		if f.mode.IsDir() || !f.mode.IsRegular() || f.name == dossier.ManifestName {
			return nil
		}
		in, err := f.in.read(f.name)
		if err != nil {
			return nil
		}
		defer in.Close()
		if b, err := io.ReadAll(io.LimitReader(in, maxLookBytes+1)); err == nil {
			add(f.rel, b, 0)
		}
		return nil
	})
	if err != nil || len(d.Documents) < 2 {
		return ""
	}
	r := rules.Read(d)
	defer r.Close()
	for _, f := range env.Identify(r).Flags {
		if f.Code == dossier.FlagSeveral {
			return f.Message["en"]
		}
	}
	return ""
}
