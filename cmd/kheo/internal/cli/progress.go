package cli

import (
	"fmt"
	"os"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"kheo/pipeline/progress"
)

// bars shows the progress of a run on a terminal, one bar at a time. It implements pipeline.Progress; its methods may
// be called by several goroutines at once.
type bars struct {
	mu  sync.Mutex
	p   *mpb.Progress
	bar *mpb.Bar // of the stage under way; nil between stages
}

// NewProgress returns progress bars on standard error, or nil, which is silent, if that is not a terminal.
func NewProgress() progress.Reporter {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return nil
	}
	return &bars{p: mpb.New(mpb.WithOutput(os.Stderr), mpb.WithWidth(40))}
}

// stageWords names the stages of a run for people.
var stageWords = map[string]string{"intake": "ingesting", "read": "reading", "ocr": "OCR", "profile": "profiling",
	"compare": "comparing", "assess": "assessing", "recommend": "recommending", "index": "indexing",
	"publish": "publishing"}

// Begin starts the bar of a stage with total items, unless there is nothing to do.
func (b *bars) Begin(stage string, total int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if total == 0 {
		return
	}
	b.bar = b.p.AddBar(int64(total), mpb.PrependDecorators(decor.Name(fmt.Sprintf("%-16s", stageWords[stage]))),
		mpb.AppendDecorators(decor.CountersNoUnit("%d / %d")))
}

// Add counts n more items as done.
func (b *bars) Add(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar != nil {
		b.bar.IncrBy(n)
	}
}

// End ends the bar of the stage, also if the stage did not finish.
func (b *bars) End() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar != nil {
		if !b.bar.Completed() {
			b.bar.Abort(false)
		}
		b.bar.Wait()
		b.bar = nil
	}
}
