package webpage

import (
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
)

const (
	seen      = dossier.Visibility("")
	hidden    = dossier.Unseen
	uncertain = dossier.Uncertain
	gone      = dossier.Visibility("not in the text and not reported")
)

// claim is the text whose visibility the tests ask for.
const claim = "The project built 412 wells"

// found returns whether the claim is seen on a page.
func found(t *testing.T, f *layout.Flow) dossier.Visibility {
	t.Helper()
	p := f.Page(1, "")
	switch {
	case strings.Contains(p.Text, claim):
		return visibilityIn([]rune(p.Text), p.Blocks)
	case strings.Contains(p.Hidden, claim):
		return hidden
	}
	return gone
}

func visibilityIn(text []rune, blocks []dossier.Block) dossier.Visibility {
	for _, b := range blocks {
		if !strings.Contains(string(text[b.Start:b.End]), claim) {
			continue
		}
		if b.Visibility != "" {
			return b.Visibility
		}
		if b.Table == nil {
			continue
		}
		for _, r := range b.Table.Rows {
			for _, c := range r.Cells {
				if v := visibilityIn(text, c.Blocks); v != "" {
					return v
				}
			}
		}
	}
	return seen
}

func TestTextOfAWebPageCountsOnlyIfABrowserShowsIt(t *testing.T) {
	const p = "<p>" + claim + "</p>"
	for _, c := range []struct {
		name, page string
		want       dossier.Visibility
	}{
		{"an ordinary paragraph is seen", p, seen},
		{"display none of its own hides", `<p style="display:none">` + claim, hidden},
		{"display none of an element around it hides", `<div style="display: none"><section>` + p + `</section></div>`,
			hidden},
		{"the hidden attribute hides", `<p hidden>` + claim, hidden},
		{"a rule of the author beats the hidden attribute", `<style>p{display:block}</style><p hidden>` + claim, seen},
		{"a class hides", `<style>.x{display:none}</style><p class="a x">` + claim, hidden},
		{"a more specific rule shows", `<style>main .n.o{display:block}.n{display:none}</style><main><p class="n o">` + claim,
			seen},
		{"a later rule of the same weight wins", `<style>.a{display:block}.a{display:none}</style><p class=a>` + claim,
			hidden},
		{"important beats the style attribute",
			`<style>[data-k$="x"]{display:none!important}</style><p data-k=box style="display:block">` + claim, hidden},
		{"the style attribute beats an id", `<style>#i{display:none}</style><p id=i style="display:block">` + claim, seen},
		{"a rule within media all hides", `<style>@media all and (min-width:1px){p{display:none}}</style>` + p, hidden},
		{"a rule for print does not hide", `<style>@media print{p{display:none}}</style>` + p, seen},
		{"a rule for telephones does not hide", `<style>@media (max-width:480px){p{display:none}}</style>` + p, seen},
		{"a rule for some windows is uncertain", `<style>@media (min-width:1200px){p{display:none}}</style>` + p, uncertain},
		{"a rule that needs support of something is uncertain", `<style>@supports (display:grid){p{display:none}}</style>` +
			p, uncertain},
		{"a nested rule hides", `<style>main{color:black;& p{display:none}}</style><main>` + p + `</main>`, hidden},
		{"a layered rule loses to one outside of layers",
			`<style>p{display:block}@layer x{p.a{display:none}}</style><p class=a>` + claim, seen},
		{"a negated selector hides", `<style>p:not(.shown){display:none}</style>` + p, hidden},
		{"a position in its parent hides", `<style>p:nth-of-type(2){display:none}</style><p>One.</p>` + p, hidden},
		{"a selector that is not read is uncertain", `<style>p:frobnicate(2){display:none}</style>` + p, uncertain},
		{"hidden until the pointer is on it", `<style>p{display:none}p:hover{display:block}</style>` + p, hidden},
		{"visibility hidden hides", `<div style="visibility:hidden">` + p + `</div>`, hidden},
		{"visible within hidden is seen", `<div style="visibility:hidden"><p style="visibility:visible">` + claim + `</div>`,
			seen},
		{"display none is not undone within", `<div style="display:none"><p style="display:block">` + claim + `</div>`,
			hidden},
		{"opacity 0 hides", `<div style="opacity:0.01">` + p + `</div>`, hidden},
		{"opacity of several elements multiplies", `<div style="opacity:.2"><div style="opacity:.2"><p>` + claim +
			`</div></div>`, hidden},
		{"font size 0 hides", `<div style="font-size:0">` + p + `</div>`, hidden},
		{"font size 1px hides", `<p style="font:1px/1 serif">` + claim, hidden},
		{"a size within size 0 is seen", `<div style="font-size:0"><p style="font-size:14px">` + claim + `</div>`, seen},
		{"a share of a small size hides", `<div style="font-size:10%"><p style="font-size:50%">` + claim + `</div>`, hidden},
		{"a computed size hides", `<p style="font-size:calc(2px - 1.5px)">` + claim, hidden},
		{"white on white hides", `<p style="color:#fff">` + claim, hidden},
		{"nearly white on white hides", `<p style="color:rgb(250,250,250)">` + claim, hidden},
		{"white of hsl hides", `<p style="color:hsl(0, 0%, 99%)">` + claim, hidden},
		{"white on dark is seen", `<div style="background:#123"><p style="color:white">` + claim + `</div>`, seen},
		{"dark on a dark page hides", `<style>body{background:#000}</style><p style="color:#0a0a0a">` + claim, hidden},
		{"the colour of the element font hides", `<font color=white>` + claim + `</font>`, hidden},
		{"the colour of a table's ground hides", `<table bgcolor=ffff00><tr><td><font color="#fffe00">` + claim +
			`</font></table>`, hidden},
		{"transparent hides", `<p style="color:transparent">` + claim, hidden},
		{"nearly transparent hides", `<p style="color:rgba(0,0,0,.02)">` + claim, hidden},
		{"transparent filling hides", `<p style="-webkit-text-fill-color:transparent">` + claim, hidden},
		{"a colour by a variable hides", `<style>:root{--ink:#fff}p{color:var(--ink)}</style>` + p, hidden},
		{"a variable without value is uncertain", `<style>p{color:var(--none)}</style>` + p, uncertain},
		{"the fallback of a variable hides", `<style>p{display:var(--none, none)}</style>` + p, hidden},
		{"a colour that is not computed is uncertain", `<p style="color:oklch(99% 0 0)">` + claim, uncertain},
		{"text over a picture is uncertain", `<div style="background:url(a.png)">` + p + `</div>`, uncertain},
		{"text in the colour of a part of a gradient is uncertain",
			`<p style="color:white;background:linear-gradient(90deg,#fff,#00f)">` + claim, uncertain},
		{"off the left edge", `<p style="position:absolute;left:-9999px">` + claim, hidden},
		{"off the top edge", `<p style="position:fixed;top:-100em">` + claim, hidden},
		{"far to the right is uncertain", `<p style="position:absolute;left:9000px">` + claim, uncertain},
		{"left without position moves nothing", `<p style="left:-9999px">` + claim, seen},
		{"a margin off the left edge", `<p style="margin-left:-2000px">` + claim, hidden},
		{"text indent off the left edge", `<p style="text-indent:-9999px">` + claim, hidden},
		{"a displacement by transform", `<p style="transform:translateX(-5000px)">` + claim, hidden},
		{"scaled to nothing", `<p style="transform:scale(0)">` + claim, hidden},
		{"scaled to nothing in one direction", `<p style="transform:scaleY(.01)">` + claim, hidden},
		{"scaled by its own property", `<p style="scale:0">` + claim, hidden},
		{"transform does not apply to text in a line", `<p><span style="transform:scale(0)">` + claim + `</span>`, seen},
		{"turned in space is uncertain", `<p style="transform:rotateY(90deg)">` + claim, uncertain},
		{"height 0 that cuts", `<div style="height:0;overflow:hidden">` + p + `</div>`, hidden},
		{"height 0 that does not cut", `<div style="height:0">` + p + `</div>`, seen},
		{"the largest height 0", `<div style="max-height:0;overflow-y:hidden">` + p + `</div>`, hidden},
		{"a box of one pixel", `<div style="width:1px;height:1px;overflow:hidden">` + p + `</div>`, hidden},
		{"a box of text in a line has no size", `<p><span style="width:0;height:0;overflow:hidden">` + claim + `</span>`,
			seen},
		{"more text than the box has room for is uncertain",
			`<div style="height:20px;overflow:hidden"><p>One.</p><p>Two.</p>` + p + `</div>`, uncertain},
		{"clipped to nothing", `<p style="position:absolute;clip:rect(0 0 0 0)">` + claim, hidden},
		{"clip without position clips nothing", `<p style="clip:rect(0 0 0 0)">` + claim, seen},
		{"clipped by a path", `<p style="clip-path:inset(50%)">` + claim, hidden},
		{"clipped by a circle", `<p style="clip-path:circle(0)">` + claim, hidden},
		{"a path that is not computed is uncertain", `<p style="clip-path:polygon(0 0, 100% 0, 0 10%)">` + claim, uncertain},
		{"a filter that makes it clear", `<p style="filter:opacity(0)">` + claim, hidden},
		{"a blur is uncertain", `<p style="filter:blur(9px)">` + claim, uncertain},
		{"closed details", `<details><summary>More</summary>` + p + `</details>`, hidden},
		{"the summary of closed details is seen", `<details><summary>` + claim + `</summary>More</details>`, seen},
		{"open details are seen", `<details open><summary>More</summary>` + p + `</details>`, seen},
		{"a closed dialog", `<dialog>` + p + `</dialog>`, hidden},
		{"content of a video", `<video controls>` + p + `</video>`, hidden},
		{"content of a canvas", `<canvas>` + p + `</canvas>`, hidden},
		{"content of an object is uncertain", `<object data="x.svg">` + p + `</object>`, uncertain},
		{"a frame's own page is uncertain", `<iframe srcdoc="&lt;p&gt;` + claim + `"></iframe>`, uncertain},
		{"aria-hidden is seen", `<p aria-hidden=true>` + claim, seen},
		{"text for screen readers only", `<style>.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0,0,0,0)}</style><p class=sr>` + claim, hidden},
		{"moved along a path is uncertain", `<p style="offset-path:path('M -9000 0 L -9000 1')">` + claim, uncertain},
		{"struck out", `<p><del>` + claim + `</del>`, hidden},
		{"struck out by style", `<p style="text-decoration:line-through">` + claim, hidden},
		{"no space between letters", `<p style="letter-spacing:-1em">` + claim, hidden},
		{"words over one another", `<p style="word-spacing:-3000px">` + claim, uncertain},
		{"words a little closer", `<p style="word-spacing:-1px">` + claim, seen},
		{"letters from right to left by force", `<p style="unicode-bidi:bidi-override;direction:rtl">` + claim, uncertain},
		{"letters from right to left by an element", `<bdo dir=rtl>` + claim + `</bdo>`, uncertain},
		{"a paragraph from right to left", `<p dir=rtl style="direction:rtl">` + claim, seen},
		{"a font of signs", `<p style="font-family:Wingdings">` + claim, uncertain},
		{"a font of signs by the shorthand", `<p style="font:12px Webdings, Arial">` + claim, uncertain},
		{"another font within a font of signs", `<div style="font-family:Symbol"><p style="font-family:Arial">` + claim, seen},
		{"a font that the page carries", `<style>@font-face{font-family:"Own";src:url(data:font/woff2;base64,AA==)}</style>` +
			`<p style="font-family:'Own', serif">` + claim, uncertain},
		{"a font from elsewhere", `<style>@font-face{font-family:Own;src:url(https://example.org/own.woff2)}</style>` +
			`<p style="font-family:Own">` + claim, seen},
		{"a wide stroke around letters", `<p style="-webkit-text-stroke:10px white">` + claim, uncertain},
		{"a grid whose row has no height", `<div style="display:grid;grid-template-rows:0fr"><div style="overflow:hidden">` + claim,
			uncertain},
		{"a grid whose columns may shrink", `<div style="display:grid;grid-template-columns:repeat(2,minmax(0,1fr))">` + p, seen},
		{"an external style sheet is uncertain", `<link rel=stylesheet href="style.css">` + p, uncertain},
		{"an imported style sheet is uncertain", `<style>@import "style.css";</style>` + p, uncertain},
		{"a style sheet of fonts hides nothing", `<link rel=stylesheet href="https://fonts.googleapis.com/css?family=X">` + p,
			seen},
		{"a script that changes the page is uncertain", `<script>document.body.lastChild.remove()</script>` + p, uncertain},
		{"data in a script hides nothing", `<script type="application/ld+json">{"document":1}</script>` + p, seen},
		{"an animation is uncertain", `<style>@keyframes f{to{opacity:0}}p{animation:f 1s forwards}</style>` + p, uncertain},
		{"covered by a later element is uncertain", `<div style="position:relative">` + p +
			`<div style="position:absolute;inset:0;background:#fff"></div></div>`, uncertain},
		{"pulled under the next element is uncertain", p +
			`<div style="margin-top:-3em;position:relative;background:white">x</div>`, uncertain},
		{"behind the page is uncertain", `<p style="position:relative;z-index:-1">` + claim, uncertain},
		{"a hidden row of a table", `<table><tr><td>a</td></tr><tr style="display:none"><td>` + claim + `</td></tr></table>`,
			hidden},
		{"a hidden column of a table", `<table><col><col style="visibility:collapse"><tr><td>a</td><td>` + claim +
			`</td></tr></table>`, hidden},
		{"an escaped property", `<p style="d\69splay:none;display:none">` + claim, hidden},
		{"a comment is not text", `<p>a</p><!-- ` + claim + ` -->`, gone},
		{"a hidden field is not text", `<input type=hidden value="` + claim + `">`, gone},
		{"the value of a field is seen", `<input value="` + claim + `">`, seen},
		{"an option that is not chosen is not text", `<select><option>a<option>` + claim + `</select>`, gone},
		{"content of a style sheet is not text", `<style>p::before{content:"` + claim + `"}</style><p>a`, gone},
		{"the title alone is uncertain", `<title>` + claim + `</title><p>a`, uncertain},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := found(t, Read("<!DOCTYPE html><html><body>"+c.page, Options{})); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestMarkdownIsReadAsABrowserShowsIt(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       dossier.Visibility
	}{
		{"a paragraph", "# Report\n\n- one\n\n" + claim + "\n", seen},
		{"a comment", "# Report\n\n- one\n\n<!-- " + claim + " -->\n", hidden},
		{"a definition that nothing refers to", "# Report\n\n- one\n\n[x]: http://e.org \"" + claim + "\"\n", hidden},
		{"a comment by a definition", "# Report\n\n- one\n\n[//]: # (" + claim + ")\n", hidden},
		{"HTML that hides", "# Report\n\n- one\n\n<div hidden>" + claim + "</div>\n", hidden},
		{"HTML that shows", "# Report\n\n- one\n\n<div>" + claim + "</div>\n", seen},
		{"struck out", "# Report\n\n- one\n\n~~" + claim + "~~\n", hidden},
		{"a prompt", "# Report\n\n- one\n\n[" + claim + "]\n", uncertain},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !IsMarkdown(c.text) {
				t.Fatal("it is not recognised")
			}
			if got := found(t, FromMarkdown(c.text)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	for _, plain := range []string{"Kính gửi hội đồng,\n\n- một\n- hai\n", "# 12\nTotal: 40\n", "a_b * c_d",
		"1. one\n2. two\n---\n"} {
		if IsMarkdown(plain) {
			t.Errorf("%q is not Markdown", plain)
		}
	}
}

func TestMarkdownHasHeadingsListsAndTables(t *testing.T) {
	p := FromMarkdown("# Báo cáo\n\n- một\n- hai\n\n| Số hộ | Năm |\n|---|---|\n| 120 | 2024 |\n").Page(1, "")
	want := "Báo cáo\n\nmột\n\nhai\n\nSố hộ\tNăm\n120\t2024"
	if p.Text != want {
		t.Errorf("got %q, want %q", p.Text, want)
	}
	kinds := ""
	for _, b := range p.Blocks {
		kinds += string(b.Kind) + " "
	}
	if kinds != "heading item item table " {
		t.Errorf("blocks are %s", kinds)
	}
	if last := p.Blocks[len(p.Blocks)-1]; last.Table.HeaderRows() != 1 {
		t.Error("the table has no header row")
	}
}

func TestTablesOfWebPagesKeepTheirSpansAndHeaders(t *testing.T) {
	p := Read(`<table><caption>Wells</caption><thead><tr><th rowspan=2>Place<th colspan=2>Wells<tr><th>old<th>new</thead>`+
		`<tr><th>North<td>1<td>2<tr><th>South<td>3<td>4</table>`, Options{}).Page(1, "")
	if want := "Wells\nPlace\tWells\n\told\tnew\nNorth\t1\t2\nSouth\t3\t4"; strings.ReplaceAll(p.Text, "\n\n",
		"\n") != want {
		t.Errorf("got %q, want %q", p.Text, want)
	}
	tab := p.Blocks[len(p.Blocks)-1].Table
	if tab == nil || tab.HeaderRows() != 2 || tab.HeaderCols != 1 || tab.Caption != "Wells" {
		t.Fatalf("the table is %+v", tab)
	}
	if c := tab.Rows[0].Cells[0]; c.RowSpan != 2 || tab.Rows[0].Cells[1].ColSpan != 2 || tab.Rows[1].Cells[0].Col != 1 {
		t.Errorf("cells are %+v", tab.Rows)
	}
}

func TestFormControlsHaveStates(t *testing.T) {
	p := Read(`<form><label>Yes <input type=checkbox checked name=y></label><label for=n>No</label><input type=checkbox id=n>`+
		`<select name=s><option>a<option selected>b</select><textarea placeholder="Say more"></textarea></form>`,
		Options{Mail: true}).Page(1, "")
	var got []string
	for _, b := range p.Blocks {
		for _, f := range b.Fields {
			got = append(got, f.Label+"/"+string(f.Control)+"/"+string(f.State)+"/"+string([]rune(p.Text)[f.Start:f.End]))
		}
	}
	want := "Yes/checkbox/checked/☒ No/checkbox/unchecked/☐ /choice/filled/b /text/placeholder/"
	if strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", strings.Join(got, " "), want)
	}
}

// Without the bounds on matches, steps, nesting and variables, some of these pages would take longer than a
// test may run. How long they take is not measured: that depends on what else the machine does.
func TestPagesThatAreLargeOrDeepComeToAnEnd(t *testing.T) {
	for name, page := range map[string]string{
		"deep": strings.Repeat("<div>", 5000) + claim,
		"many rules": "<style>" + strings.Repeat(".a .b .c>p{color:red}", 20_000) + "</style>" +
			strings.Repeat("<p class='c'>x", 2000) + claim,
		"many variables": `<style>:root{--a:x;--b:var(--a)var(--a);--c:var(--b)var(--b)}p{color:` +
			strings.Repeat("var(--c)", 500) + `}</style><p>` + claim,
		"nested rules":    "<style>" + strings.Repeat("a,b{", 500) + "</style><p>" + claim,
		"many covers":     strings.Repeat(`<i style="position:absolute;background:red"></i>`, 5000) + "<p>" + claim,
		"wide table":      "<table>" + strings.Repeat("<tr><td colspan=1000 rowspan=1000>x", 2000) + "</table>" + claim,
		"brackets":        `<p style="` + strings.Repeat("(", 50_000) + `">` + claim,
		"frames in frame": `<iframe srcdoc="` + strings.Repeat("&lt;iframe srcdoc='", 50) + `"></iframe>` + claim,
	} {
		f := Read(page, Options{})
		if !strings.Contains(f.String(), claim) {
			t.Errorf("%s: the text is not read", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("<style>p:not(.a){color:rgb(1 2 3/4%);font:0/0 a;margin:0 0 calc(1px*2)}@media (min-width:1px){a{b:c}}</style><p style='clip:rect(0,0,0,0)'>a<table><tr><td rowspan=2>b")
	f.Add("<select><option selected>a</select><details><summary>x</summary>y</details><svg><text>z</text></svg><iframe srcdoc='a'></iframe>")
	f.Add("# a\n\n<!-- b -->\n| a | b |\n|---|---|\n| c | d |\n[x]: y \"z\"\n")
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1<<16 {
			return
		}
		Read(s, Options{}).Page(1, "")
		FromMarkdown(s).Page(1, "")
	})
}
