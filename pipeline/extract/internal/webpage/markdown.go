package webpage

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
)

// Signs of Markdown. Plain text may have a few of them by chance.
var (
	mdHeading   = regexp.MustCompile(`(?m)^ {0,3}#{1,6} +\S`)
	mdRule      = regexp.MustCompile(`(?m)^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+\|?[ \t]*$`)
	mdLink      = regexp.MustCompile(`!?\[[^\]\n]*\]\([^)\s]+(?:\s+["'(][^\n]*)?\)`)
	mdReference = regexp.MustCompile(`(?m)^ {0,3}\[[^\]\n]+\]: *\S+(?:[ \t]+\S[^\n]*)?$`)
	mdFence     = regexp.MustCompile("(?m)^ {0,3}(?:```|~~~)")
	mdStrong    = regexp.MustCompile(`\*\*[^\s*][^*\n]*\*\*|__[^\s_][^_\n]*__`)
	mdComment   = regexp.MustCompile(`(?s)<!--.*?-->`)
	mdUnderline = regexp.MustCompile(`(?m)^[^\s\-=].*\n(?:={3,}|-{3,})[ \t]*$`)
	mdItem      = regexp.MustCompile(`(?m)^ {0,3}[-*+] +\S`)
	mdTag       = regexp.MustCompile(`(?i)<(?:div|span|p|br|table|details|summary|img|a|b|i|sub|sup|font|style|` +
		`template|video|center|h[1-6])\b[^>]*>`)
)

// maxMarkdown is the size in bytes up to which a text is read as Markdown: its HTML and the tree of that
// are several times as large.
const maxMarkdown = 4 << 20

// IsMarkdown reports whether a text is Markdown by its content: the weights of the signs that occur in it
// are at least 3 together, so that one sign alone never suffices but for the rule of a table. The name of a
// file is not known here.
func IsMarkdown(s string) bool {
	if len(s) > maxMarkdown {
		return false
	}
	score := 0
	for _, sign := range markdownSigns {
		if sign.re.MatchString(s) {
			score += sign.weight
		}
	}
	return score >= 3
}

// FromMarkdown reads Markdown as a browser shows it. The targets and titles of links and definitions of
// references are not shown; comments are hidden text.
func FromMarkdown(s string) *layout.Flow {
	md := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote),
		goldmark.WithRendererOptions(html.WithUnsafe()))
	var b bytes.Buffer
	if err := md.Convert([]byte(s), &b); err != nil {
		f := &layout.Flow{}
		f.Append(layout.Lines(s), "")
		return f
	}
	f := Read(b.String(), Options{Mail: true}) // viewers of Markdown run no scripts
	for _, c := range mdComment.FindAllString(s, 10_000) {
		f.Hide(strings.TrimSuffix(strings.TrimPrefix(c, "<!--"), "-->") + " ")
	}
	for _, r := range mdReference.FindAllString(s, 10_000) {
		_, r, _ = strings.Cut(r, "]:")
		if words := strings.Fields(r); len(words) > 1 {
			f.Hide(strings.Trim(strings.Join(words[1:], " "), `"'()`) + " ")
		}
	}
	prompts(f.Nodes())
	return f
}

// mdPrompt is a paragraph of only a prompt in brackets, as templates have them.
var mdPrompt = regexp.MustCompile(`^(?:\[[^\]]+\]|\{\{?[^}]+\}\}?|<[^>]+>|…+|\.{3,}|_{3,})$`)

// prompts marks prompts that are not filled in as uncertain: "[name of the commune]" is not what a unit reports.
func prompts(nodes []*layout.Node) {
	layout.Each(nodes, func(n *layout.Node) {
		if n.Table == nil && n.Visibility == "" &&
			mdPrompt.MatchString(strings.TrimSpace(layout.Raw([]*layout.Node{n}))) {
			n.Visibility = dossier.Uncertain
		}
	})
}

// Comments marks what looks like a comment of Markdown or HTML in plain text: whether people see it depends on the
// program that shows the text.
func Comments(nodes []*layout.Node) {
	open := false
	for _, n := range nodes {
		text := layout.Raw([]*layout.Node{n})
		if n.Table != nil {
			if strings.Contains(text, "<!--") {
				n.Visibility = dossier.Uncertain
			}
			continue
		}
		begins := strings.LastIndex(text, "<!--")
		if (open || begins >= 0 || strings.HasPrefix(text, "[//]:")) && len(n.Spans) > 0 {
			n.Visibility = dossier.Uncertain
		}
		if ends := strings.LastIndex(text, "-->"); begins >= 0 || ends >= 0 {
			open = begins > ends
		}
	}
}

// markdownSigns are the signs with their weights: how rarely each occurs in text that is not Markdown.
var markdownSigns = []struct {
	re     *regexp.Regexp
	weight int
}{
	{mdHeading, 2}, {mdRule, 3}, {mdLink, 2}, {mdReference, 2}, {mdFence, 2},
	{mdStrong, 1}, {mdComment, 2}, {mdUnderline, 1}, {mdItem, 1}, {mdTag, 1},
}
