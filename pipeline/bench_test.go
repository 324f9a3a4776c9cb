package pipeline_test

import (
	"context"
	"testing"

	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/extract"
	"kheo/pipeline/reading"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// BenchmarkRun is the whole sample campaign (217 dossiers, 585 files), from the
// inbox to the published lists, once for each iteration.
func BenchmarkRun(b *testing.B) {
	for b.Loop() {
		dir := b.TempDir()
		testspace.Sample(b, dir, func(string) bool { return true })
		benchRun(b, dir)
	}
}

// BenchmarkRunWithNothingNew is a run over the same campaign, unchanged.
func BenchmarkRunWithNothingNew(b *testing.B) {
	dir := sampleDir(b)
	b.ResetTimer()
	for b.Loop() {
		benchRun(b, dir)
	}
}

// BenchmarkAssess is one dossier under one ruleset, reading of its words
// included.
func BenchmarkAssess(b *testing.B) {
	ctx := context.Background()
	w, err := workspace.Open(ctx, sampleDir(b))
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	all, err := w.Store.Dossiers.All(ctx)
	if err != nil {
		b.Fatal(err)
	}
	d, err := reading.Load(ctx, w.Store, &all[0], extract.Version)
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for b.Loop() {
		id := w.Campaign().Env.Identify(rules.Read(d))
		pipeline.Assess(w.Campaign().Env, w.Campaign().Rulesets[0], d, rules.Given{Identity: id})
	}
}

func sampleDir(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	testspace.Sample(b, dir, func(string) bool { return true })
	benchRun(b, dir)
	return dir
}

func benchRun(b *testing.B, dir string) {
	b.Helper()
	w, err := workspace.Open(context.Background(), dir)
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	if _, err := pipeline.Run(context.Background(), w, pipeline.Options{Cause: "bench"}); err != nil {
		b.Fatal(err)
	}
}
