package webpage

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/sight"
)

// style is how an element looks, as far as it decides whether its text is seen. Sizes are in px.
type style struct {
	display  string
	position string
	gone     bool // what is in the element is not shown, whatever it says itself
	doubt    bool // something that is not computed may hide it
	hidden   bool // visibility
	struck   bool
	pre      bool
	nowrap   bool
	shadow   bool
	size     float64
	scale    float64
	opacity  float64
	indent   float64
	spacing  float64 // between letters
	colour   paint
	odd      bool // the colour is not computed
	grounds  []sight.Colour
	picture  bool // a picture lies behind the text
	opaque   bool // the element itself paints something behind its text
	family   string
	vars     map[string]string
	values   map[string]string // of the element itself
	room     float64           // the height in px to which content is cut; 0 if it is not
	width    float64           // the width of content, 0 if it is not stated
	clamp    float64           // the number of lines to which content is cut; 0 if it is not
}

// Bounds beside those of package sight.
const (
	pixelsPerPoint = 96.0 / 72
	clearAlpha     = 0.05 // opacity up to which text is not seen
	faintAlpha     = 0.25 // … up to which that is uncertain
	farLeft        = -300 // px from the left or top edge at which nothing is seen
	farRight       = 3000 // px to the right, where people must scroll to
	tinyBox        = 3    // px of a box that cuts off what is in it
)

// fontSizes are the words for sizes.
var fontSizes = map[string]float64{"xx-small": 9, "x-small": 10, "small": 13, "medium": 16, "large": 18, "x-large": 24,
	"xx-large": 32, "xxx-large": 48}

// tagSizes are the factors by which browsers change the size of some elements.
var tagSizes = map[string]float64{"h1": 2, "h2": 1.5, "h3": 1.17, "h5": 0.83, "h6": 0.67, "small": 0.83, "sub": 0.83,
	"sup": 0.83, "big": 1.2, "code": 0.81, "pre": 0.81, "tt": 0.81, "kbd": 0.81, "samp": 0.81, "rt": 0.5}

// blockTags are elements that begin and end a line.
var blockTags = map[string]bool{"p": true, "div": true, "li": true, "h1": true, "h2": true, "h3": true, "h4": true,
	"h5": true, "h6": true, "section": true, "article": true, "header": true, "footer": true, "blockquote": true,
	"pre": true, "dt": true, "dd": true, "dl": true, "option": true, "figcaption": true, "figure": true, "caption": true,
	"form": true, "ul": true, "ol": true, "hr": true, "address": true, "main": true, "nav": true, "aside": true,
	"body": true, "html": true, "fieldset": true, "legend": true, "details": true, "summary": true, "dialog": true,
	"center": true, "table": true, "tr": true, "td": true, "th": true, "tbody": true, "thead": true, "tfoot": true,
	"hgroup": true, "menu": true, "dir": true, "optgroup": true, "search": true, "xmp": true, "listing": true,
	"plaintext": true}

// goneTags are elements whose content is not shown.
var goneTags = map[string]bool{"template": true, "datalist": true, "video": true, "audio": true, "canvas": true,
	"iframe": true, "progress": true, "meter": true, "noframes": true, "rp": true, "map": true, "noembed": true}

// compute computes the style of every element: by the rules that apply, and by those that may apply.
func (d *document) compute() {
	base := &style{display: "block", size: 16, scale: 1, opacity: 1, colour: paint{sight.Black, 1},
		grounds: []sight.Colour{sight.White}}
	d.sure = map[*html.Node]*style{}
	d.computeIn(d.root, base, false, d.sure)
	d.all = d.sure
	if slices.ContainsFunc(d.sheet.rules, func(r *rule) bool { return r.sure == perhaps }) {
		d.all = map[*html.Node]*style{}
		d.computeIn(d.root, base, true, d.all)
	}
}

// computeIn computes the styles of the elements in a node. The parser bounds their depth.
func (d *document) computeIn(n *html.Node, parent *style, withPerhaps bool, out map[*html.Node]*style) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		s := d.style(c, parent, withPerhaps)
		out[c] = s
		d.computeIn(c, s, withPerhaps, out)
	}
}

// style computes the style of an element.
func (d *document) style(n *html.Node, parent *style, withPerhaps bool) *style {
	s := *parent
	s.position, s.opaque, s.room, s.clamp, s.width = "", false, 0, 0, 0
	values, pseudo := d.declared(n, withPerhaps)
	var doubt bool
	s.vars, doubt = resolveVariables(values, parent.vars)
	s.doubt = s.doubt || doubt
	s.values = values
	d.browser(n, &s)
	s.font(n, parent)
	s.box(parent)
	s.boundary()
	s.moved()
	s.effects(d)
	s.paint(parent)
	s.pseudo(pseudo)
	return &s
}

// browser sets what browsers do with elements by their names and attributes.
func (d *document) browser(n *html.Node, s *style) {
	s.display = "inline"
	if blockTags[n.Data] {
		s.display = "block"
	}
	switch n.Data {
	case "input", "textarea", "select", "button":
		s.display = "inline-block"
		s.size, s.colour, s.odd, s.grounds, s.picture = 13.3, paint{sight.Black, 1}, false, []sight.Colour{sight.White}, false
		s.indent, s.spacing = 0, 0
	case "img":
		s.display = "inline-block"
	case "mark":
		s.colour, s.grounds = paint{sight.Black, 1}, []sight.Colour{{Known: true, R: 255, G: 255}}
	case "a":
		if _, ok := attr(n, "href"); ok {
			s.colour, s.odd = paint{sight.Colour{Known: true, B: 238}, 1}, false
		}
	case "s", "strike", "del":
		s.struck = true
	case "pre", "xmp", "listing", "plaintext":
		s.pre = true
	case "noscript":
		s.gone = s.gone || !d.options.Mail
	case "dialog":
		if _, open := attr(n, "open"); !open {
			s.display = "none"
		}
	case "object":
		if value(n, "data") != "" {
			s.doubt = true
		}
	case "marquee":
		s.doubt = true
	}
	if v, ok := attr(n, "hidden"); ok && strings.EqualFold(v, "until-found") {
		s.gone = true
	}
	if _, ok := attr(n, "popover"); ok {
		s.display = "none"
	}
	s.gone = s.gone || goneTags[n.Data]
	if p := n.Parent; p != nil && p.Data == "details" && p.Type == html.ElementNode && !isSummary(n) {
		if _, open := attr(p, "open"); !open {
			s.gone = true
		}
	}
	if n.Namespace != "" { // drawings and formulas have rules of their own
		s.doubt = true
		s.gone = s.gone || n.Namespace == "svg" && !svgShown[n.Data] || n.Data == "annotation" || n.Data == "annotation-xml"
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && c.Data == "template" &&
			(value(c, "shadowrootmode") != "" || value(c, "shadowroot") != "") {
			s.doubt = true // something else is shown in its place
		}
	}
}

// svgShown are elements of drawings in which text is shown.
var svgShown = map[string]bool{"svg": true, "g": true, "text": true, "tspan": true, "a": true, "textPath": true,
	"foreignObject": true, "switch": true}

// isSummary reports whether an element is what is shown of closed details.
func isSummary(n *html.Node) bool {
	if n.Data != "summary" {
		return false
	}
	for c := n.PrevSibling; c != nil; c = c.PrevSibling {
		if c.Type == html.ElementNode && c.Data == "summary" {
			return false
		}
	}
	return true
}

// font computes size, family and white space.
func (s *style) font(n *html.Node, parent *style) {
	if f := tagSizes[n.Data]; f != 0 {
		s.size = parent.size * f
	}
	switch v := s.values["font-size"]; v {
	case "", "inherit", "unset":
		if v != "" {
			s.size = parent.size
		}
	case "initial", "revert":
		s.size = 16
	case "smaller":
		s.size = parent.size / 1.2
	case "larger":
		s.size = parent.size * 1.2
	default:
		if px, ok := fontSizes[v]; ok {
			s.size = px
		} else if px, percent, ok := length(v, parent.size); ok {
			s.size = px + percent/100*parent.size
		} else if strings.Contains(v, "(") {
			s.doubt = true
		}
	}
	if v := s.values["font-family"]; v != "" && v != "inherit" {
		first, _, _ := strings.Cut(v, ",")
		s.family = strings.Trim(strings.TrimSpace(first), `"'`)
	}
	switch v := s.values["white-space"]; {
	case v == "":
	case strings.HasPrefix(v, "pre") || v == "break-spaces":
		s.pre, s.nowrap = v != "pre-line", v == "pre"
	default:
		s.pre, s.nowrap = false, v == "nowrap"
	}
	if px, percent, ok := length(s.values["text-indent"], s.size); ok {
		switch {
		case percent <= -50:
			s.indent = 2 * farLeft
		case percent >= 100:
			s.indent = farRight
		default:
			s.indent = px
		}
	}
	if v := s.values["letter-spacing"]; v == "normal" {
		s.spacing = 0
	} else if px, _, ok := length(v, s.size); ok {
		s.spacing = px
	}
	high := s.values["line-height"]
	if px, _, ok := length(high, s.size); ok && px < 1 && (px > 0 || strings.HasPrefix(high, "0")) {
		if f, ok := number(high, 1); !ok || f < 0.3 {
			s.doubt = true
		}
	}
	if v, ok := s.values["-webkit-text-security"]; ok && v != "none" {
		s.gone = true
	}
}

// box computes the kind of the element's box.
func (s *style) box(parent *style) {
	switch v := s.values["display"]; v {
	case "", "revert":
	case "inherit":
		s.display = parent.display
	case "initial", "unset":
		s.display = "inline"
	default:
		s.display = v
	}
	s.position = s.values["position"]
	if s.display == "inline" && (s.out() || s.values["float"] == "left" || s.values["float"] == "right") {
		s.display = "block"
	}
	switch v := s.values["visibility"]; v {
	case "hidden", "collapse":
		s.hidden = true
	case "visible", "initial":
		s.hidden = false
	case "inherit", "unset":
		s.hidden = parent.hidden
	}
	if s.display == "none" || s.values["content-visibility"] == "hidden" {
		s.gone = true
	}
	if strings.Contains(s.values["text-decoration"], "line-through") {
		s.struck = true
	}
}

// out reports whether the element is taken out of the flow of the text.
func (s *style) out() bool { return s.position == "absolute" || s.position == "fixed" }

// inline reports whether the element has no box of its own, so that sizes do not apply to it.
func (s *style) inline() bool { return s.display == "inline" || s.display == "contents" }

// boundary computes whether the element's box cuts off what is in it.
func (s *style) boundary() {
	if s.inline() {
		return
	}
	limit := func(names ...string) (least float64, stated bool) {
		for _, name := range names {
			v := s.values[name]
			if v == "" || v == "none" || v == "auto" {
				continue
			}
			px, percent, ok := length(v, s.size)
			if !ok || percent >= 1 && px == 0 {
				continue
			}
			if px = max(0, px+percent*8); !stated || px < least {
				least, stated = px, true
			}
		}
		return least, stated
	}
	cut := func(v string) bool { return v == "hidden" || v == "clip" || v == "scroll" || v == "auto" }
	x, y := cut(s.values["overflow-x"]), cut(s.values["overflow-y"])
	x, y = x || y && s.values["overflow-x"] != "clip", y || x && s.values["overflow-x"] != "clip"
	width, hasWidth := limit("width", "max-width")
	height, hasHeight := limit("height", "max-height")
	if hasWidth {
		s.width = width
	}
	switch {
	case x && hasWidth && width <= tinyBox, y && hasHeight && height <= tinyBox, y && hasHeight && height < 0.4*s.size &&
		s.size < 40:
		s.gone = true
	case y && hasHeight && s.values["overflow-y"] != "scroll" && s.values["overflow-y"] != "auto":
		s.room = height
	case x && hasWidth && width < s.size:
		s.doubt = true
	}
	if n, ok := number(s.values["line-clamp"], 1); ok && n > 0 && y {
		s.clamp = n
	}
	if v := s.values["clip"]; v != "" && v != "auto" && s.out() {
		s.clipRect(v)
	}
}

// clipRect computes what is left of an element by clip: rect(top, right, bottom, left).
func (s *style) clipRect(v string) {
	_, args, _ := strings.Cut(v, "(")
	sides := strings.FieldsFunc(strings.TrimSuffix(args, ")"), func(r rune) bool { return r == ',' || r == ' ' })
	if len(sides) != 4 {
		s.doubt = true
		return
	}
	var px [4]float64
	for i, side := range sides {
		v, _, ok := length(side, s.size)
		if side == "auto" || !ok {
			s.doubt = true
			return
		}
		px[i] = v
	}
	if px[2]-px[0] <= tinyBox || px[1]-px[3] <= tinyBox {
		s.gone = true
	} else {
		s.doubt = true
	}
}

// moved computes whether the element is placed outside of the page.
func (s *style) moved() {
	far := func(name string, low, high float64) {
		v := s.values[name]
		if v == "" {
			return
		}
		px, percent, ok := length(v, s.size)
		switch {
		case !ok:
		case px <= low:
			s.gone = true
		case percent <= -100 || px >= high || percent >= 200 || px <= low/3:
			s.doubt = true
		}
	}
	if s.position != "" && s.position != "static" {
		far("left", farLeft, farRight)
		far("top", farLeft, 20*farRight)
		far("right", farLeft, farRight)
		far("bottom", farLeft, 20*farRight)
		if v, _ := number(s.values["z-index"], 1); v < 0 {
			s.doubt = true
		}
	}
	if !s.inline() {
		far("margin-top", farLeft, 20*farRight)
		far("margin-right", -1e9, 1e9)
	}
	far("margin-left", farLeft, farRight)
	far("padding-left", -1e9, farRight)
	if s.indent <= farLeft {
		s.gone = true
	} else if s.indent >= farRight {
		s.doubt = true
	}
}

// transforms computes the scale and the displacement of a list of transformations.
func (s *style) transforms(v string) {
	for v = strings.TrimSpace(v); v != ""; v = strings.TrimSpace(v) {
		name, rest, ok := strings.Cut(v, "(")
		args, after, ok2 := strings.Cut(rest, ")")
		if !ok || !ok2 || strings.Contains(args, "(") {
			s.doubt = true
			return
		}
		v = after
		fields := strings.FieldsFunc(args, func(r rune) bool { return r == ',' || r == ' ' })
		s.transform(strings.TrimSpace(name), fields)
	}
}

// transform applies one transformation.
func (s *style) transform(name string, args []string) {
	f := make([]float64, len(args))
	for i, a := range args {
		f[i], _ = number(a, 1)
	}
	switch {
	case len(args) == 0:
		s.doubt = true
	case strings.HasPrefix(name, "scale"):
		least := 1.0
		for _, v := range f {
			least = min(least, max(v, -v))
		}
		if f[0] > 1 {
			least = min(least*f[0], f[0])
		}
		s.scale *= least
	case name == "matrix" && len(f) == 6:
		s.scale *= min(1, max(abs(f[0]), abs(f[1])), max(abs(f[2]), abs(f[3])))
		s.displaced(args[4] + "px")
		s.displaced(args[5] + "px")
	case strings.HasPrefix(name, "translate"):
		for _, a := range args {
			s.displaced(a)
		}
	case name == "rotate" || name == "rotatez" || name == "skew" || name == "skewx" || name == "skewy":
	default: // in space
		s.doubt = true
	}
}

func abs(v float64) float64 { return max(v, -v) }

// displaced moves the element by a length in one direction.
func (s *style) displaced(v string) {
	px, percent, ok := length(v, s.size)
	switch {
	case !ok:
		s.doubt = true
	case px <= farLeft:
		s.gone = true
	case px <= farLeft/3 || px >= 1000 || percent <= -100 || percent > 100:
		s.doubt = true
	}
}

// effects computes what is done to the element as drawn.
func (s *style) effects(d *document) {
	v := s.values
	if !s.inline() {
		if t := v["transform"]; t != "" && t != "none" {
			s.transforms(t)
		}
		if t := v["scale"]; t != "" && t != "none" {
			s.transform("scale", splitSpace(t))
		}
		if t := v["translate"]; t != "" && t != "none" {
			s.transform("translate", splitSpace(t))
		}
		if t := v["rotate"]; strings.Contains(t, " ") {
			s.doubt = true
		}
	}
	if f, ok := number(v["zoom"], 1); ok {
		s.scale *= f
	}
	if f, ok := number(v["opacity"], 1); ok {
		s.opacity *= min(1, max(0, f))
	} else if strings.Contains(v["opacity"], "(") {
		s.doubt = true
	}
	switch p := v["clip-path"]; {
	case p == "" || p == "none":
	case emptyShape(p):
		s.gone = true
	default:
		s.doubt = true
	}
	if f := v["filter"]; f != "" && f != "none" {
		if strings.Contains(f, "opacity(0") && !strings.Contains(f, "opacity(0.") {
			s.gone = true
		} else if strings.Trim(f, "()0123456789.%graysclepobdhuw-xt ,#f") != "" || strings.Contains(f, "opacity") ||
			strings.Contains(f, "blur") {
			s.doubt = true
		}
	}
	if m := v["mask-image"]; m != "" && m != "none" {
		s.doubt = true
	}
	if m := v["mix-blend-mode"]; m != "" && m != "normal" {
		s.doubt = true
	}
	for _, w := range strings.FieldsFunc(v["animation"], func(r rune) bool { return r == ' ' || r == ',' }) {
		s.doubt = s.doubt || d.sheet.moving[w]
	}
	if t, ok := v["text-shadow"]; ok {
		s.shadow = t != "none"
	}
}

// emptyShape reports whether a clip-path leaves nothing.
func emptyShape(p string) bool {
	name, args, _ := strings.Cut(p, "(")
	args = strings.TrimSuffix(strings.TrimSpace(args), ")")
	f := splitSpace(args)
	switch {
	case len(f) == 0:
		return false
	case name == "inset":
		var pc [4]float64
		for i := range pc {
			_, pc[i], _ = length(ofSide(f, i), 16)
		}
		return pc[0]+pc[2] >= 99 || pc[1]+pc[3] >= 99
	case name == "circle" || name == "ellipse":
		px, percent, ok := length(f[0], 16)
		return ok && px <= tinyBox && percent <= 0.5
	case name == "polygon":
		first := ""
		for _, point := range strings.Split(args, ",") {
			point = strings.Join(strings.Fields(point), " ")
			if first == "" {
				first = point
			} else if point != first {
				return false
			}
		}
		return true
	}
	return false
}

// paint computes the colours of the text and of what lies behind it.
func (s *style) paint(parent *style) {
	colour := s.values["color"]
	switch colour {
	case "":
	case "inherit", "unset", "currentcolor":
		s.colour, s.odd = parent.colour, parent.odd
	case "initial", "revert":
		s.colour, s.odd = paint{sight.Black, 1}, false
	default:
		if c, ok := colourOf(colour); ok {
			s.colour, s.odd = c, false
		} else if strings.Contains(colour, "(") {
			s.odd = true
		}
	}
	if v := s.values["-webkit-text-fill-color"]; v != "" && v != "currentcolor" && v != "inherit" {
		if c, ok := colourOf(v); ok {
			s.colour, s.odd = c, false
		}
	}
	if s.values["background-clip"] == "text" { // the ground shows through the letters
		s.odd = true
		return
	}
	switch v := s.values["background-color"]; v {
	case "", "initial", "unset", "revert", "inherit":
	case "currentcolor":
		s.grounds, s.picture, s.opaque = []sight.Colour{s.colour.Colour}, false, true
	default:
		c, ok := colourOf(v)
		switch {
		case !ok && strings.Contains(v, "("):
			s.picture, s.opaque = true, true
		case !ok || c.alpha == 0:
		case c.alpha >= 0.99:
			s.grounds, s.picture, s.opaque = []sight.Colour{c.Colour}, false, true
		default:
			mixed := make([]sight.Colour, len(s.grounds))
			for i, g := range s.grounds {
				mixed[i] = g.Mix(c.Colour, c.alpha)
			}
			s.grounds, s.opaque = mixed, c.alpha > 0.5
		}
	}
	switch image := s.values["background-image"]; {
	case image == "" || image == "none" || image == "initial" || image == "unset" || image == "inherit" ||
		image == "revert":
	case strings.Contains(image, "gradient(") && !strings.Contains(image, "url("):
		s.opaque = true
		if g, ok := gradient(image); ok {
			s.grounds, s.picture = g, false
		} else {
			s.picture = true
		}
	default:
		s.picture, s.opaque = true, true
	}
}

// gradient returns the colours of a gradient, if they are all opaque and known.
func gradient(v string) (out []sight.Colour, ok bool) {
	_, args, _ := strings.Cut(v, "(")
	for i, stop := range splitTop(strings.TrimSuffix(strings.TrimSpace(args), ")"), ',') {
		words := splitSpace(stop)
		if len(words) == 0 || len(out) > 20 {
			return nil, false
		}
		c, known := colourOf(words[0])
		switch {
		case known && c.alpha >= 0.99:
			out = append(out, c.Colour)
		case i == 0 && !known: // the direction
		default:
			return nil, false
		}
	}
	return out, len(out) > 0
}

// pseudo takes into account what rules say of the first line or letter of an element, and of content before and after
// it: what that hides is not computed.
func (s *style) pseudo(pseudo map[string]map[string]string) {
	for of, values := range pseudo {
		switch of {
		case "first-line", "first-letter":
			for property, v := range values {
				switch property {
				case "color", "font-size", "opacity", "visibility", "background-color", "background-image", "display":
					if property != "font-size" || strings.HasPrefix(v, "0") || strings.HasPrefix(v, "1px") {
						s.doubt = s.doubt || of == "first-line" || property == "display"
					}
				}
			}
		case "before", "after":
			if v := values["position"]; v != "absolute" && v != "fixed" || values["content"] == "none" {
				continue
			}
			ground, ok := colourOf(values["background-color"])
			image := values["background-image"]
			z, _ := number(values["z-index"], 1)
			if z >= 0 && (ok && ground.alpha > 0.5 || image != "" && image != "none") && !small(values) {
				s.doubt = true
			}
		}
	}
}

// small reports whether values state a box of at most 24 px in one direction.
func small(values map[string]string) bool {
	return slices.ContainsFunc([]string{"width", "height"}, func(name string) bool {
		px, percent, ok := length(values[name], 16)
		return ok && percent == 0 && px <= 24
	})
}

// sight returns whether a person sees text of the style.
func (s *style) sight() dossier.Visibility {
	points := s.size * s.scale / pixelsPerPoint
	alpha := s.colour.alpha * s.opacity
	switch {
	case s.gone || s.hidden || s.struck || points < sight.HiddenSize || s.opacity <= clearAlpha:
		return dossier.Unseen
	case s.spacing < -0.45*s.size:
		return dossier.Unseen
	}
	seen := s.contrast()
	switch {
	case seen == "" && (s.doubt || s.odd || points < sight.UncertainSize || s.spacing < -0.25*s.size ||
		s.spacing > 10*s.size ||
		alpha < faintAlpha):
		return dossier.Uncertain
	case seen == dossier.Unseen && (s.shadow || s.odd):
		return dossier.Uncertain
	}
	return seen
}

// contrast returns whether the text differs enough from what may lie behind it.
func (s *style) contrast() dossier.Visibility {
	alpha := s.colour.alpha * s.opacity
	if alpha <= clearAlpha {
		return dossier.Unseen
	}
	if s.picture {
		return dossier.Uncertain
	}
	return sight.OnAny(len(s.grounds), func(i int) dossier.Visibility {
		c := s.colour.Colour
		if alpha < 1 {
			c = s.grounds[i].Mix(c, alpha)
		}
		return c.On(sight.Ground{Colour: s.grounds[i]})
	})
}

// sight returns whether a person sees the text in an element: uncertain if that depends on rules that may not apply.
func (d *document) sight(n *html.Node) dossier.Visibility {
	a := d.sure[n].sight()
	if b := d.all[n].sight(); a != b {
		return dossier.Uncertain
	}
	if a == "" && d.doubts[n] {
		return dossier.Uncertain
	}
	return a
}
