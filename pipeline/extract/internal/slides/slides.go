// Package slides reads presentations (ECMA-376): the blocks of each slide, apart from the text that a
// viewer of the slide does not see.
//
// slides.go finds the parts of a slide and what it inherits, tree.go parses them, colour.go resolves
// colours, shapes.go places shapes on the slide, text.go writes their text.
package slides

import (
	"path"
	"strconv"

	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/limits"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

// Deck is a presentation. Masters, layouts and themes are kept, since most slides share them.
type Deck struct {
	*parts.Package
	width, height float64 // of a slide, in EMU
	usual         *element
	slides        []string // parts of the slides, in the order of the presentation
	trees         map[string]*element
	themes        map[string]sight.Theme
}

// Usual size of a slide, in EMU.
const (
	usualWidth  = 9_144_000
	usualHeight = 6_858_000
)

// Open prepares a presentation.
func Open(p *parts.Package) *Deck {
	d := &Deck{Package: p, width: usualWidth, height: usualHeight, trees: map[string]*element{},
		themes: map[string]sight.Theme{}}
	main := p.Main()
	if main == "" {
		main = "ppt/presentation.xml"
	}
	if root := d.tree(main); root != nil {
		pres := root.child("presentation")
		if size := pres.child("sldSz"); size != nil {
			if w, h := number(size.attr("cx")), number(size.attr("cy")); w > 0 && h > 0 {
				d.width, d.height = w, h
			}
		}
		d.usual = pres.child("defaultTextStyle")
		related := p.Related(main)
		for _, e := range pres.child("sldIdLst").all("sldId") {
			if part := related[e.part]; part != "" && len(d.slides) < limits.Pages {
				d.slides = append(d.slides, part)
			}
		}
	}
	return d
}

// Slides returns the names of the parts of the slides in the order of the presentation, at most limits.Pages, or in
// the order of their numbers if it does not state one.
func (d *Deck) Slides() []string {
	if len(d.slides) == 0 {
		return d.Names("ppt/slides/slide", ".xml")
	}
	return d.slides
}

// tree returns a part as a tree; nil if it cannot be read. Masters and layouts are read once: a deck of a
// hundred slides may have one of each.
func (d *Deck) tree(name string) *element {
	if name == "" {
		return nil
	}
	if t, ok := d.trees[name]; ok {
		return t
	}
	var t *element
	if b, err := d.Part(name); err == nil {
		t, _ = parse(b) // after damage, what was read before counts
	}
	d.trees[name] = t
	return t
}

// related returns the first part that another refers to by a relationship of a type, given by the last
// element of its address; "" without one.
func (d *Deck) related(name, kind string) string {
	if name == "" {
		return ""
	}
	for _, r := range d.Relations(name) {
		if path.Base(r.Type) == kind {
			return r.Target
		}
	}
	return ""
}

// slide is a slide while it is read. Any of its trees may be missing in damaged files, which reads as empty.
type slide struct {
	layout.Flow
	deck                  *Deck
	colours               colours
	root, pattern, master *element
	ground                paint
	areas                 []area // that shapes and pictures fill, from the back to the front
	placed                []placed
}

// Slide reads one slide. Hidden reports that it is not shown in the presentation. What the slide does not
// state it inherits from its layout, and that from its master (19.3.1).
func (d *Deck) Slide(name string) (f *layout.Flow, hidden bool, err error) {
	b, err := d.Part(name)
	if err != nil {
		return nil, false, err
	}
	// A slide that is damaged counts as far as it was read; the caller notes the error.
	tree, err := parse(b)
	if tree == nil {
		return nil, false, err
	}
	s := &slide{deck: d, root: tree.child("sld")}
	layoutName := d.related(name, "slideLayout")
	masterName := d.related(layoutName, "slideMaster")
	if t := d.tree(layoutName); t != nil {
		s.pattern = t.child("sldLayout")
	}
	if t := d.tree(masterName); t != nil {
		s.master = t.child("sldMaster")
	}
	s.colours = colours{d.theme(d.related(masterName, "theme")), s.colourMap()}
	s.background()
	if s.root.attr("showMasterSp") != "0" {
		if s.pattern.attr("showMasterSp") != "0" {
			s.collect(s.master.child("cSld", "spTree"), transform{1, 1, 0, 0}, false, 0)
		}
		s.collect(s.pattern.child("cSld", "spTree"), transform{1, 1, 0, 0}, false, 0)
	}
	s.collect(s.root.child("cSld", "spTree"), transform{1, 1, 0, 0}, true, 0)
	for i := range s.placed {
		s.write(&s.placed[i])
	}
	return &s.Flow, s.root.attr("show") == "0", err
}

// theme returns a theme by its part.
func (d *Deck) theme(name string) sight.Theme {
	if t, ok := d.themes[name]; ok {
		return t
	}
	var t sight.Theme
	if b, err := d.Part(name); err == nil && name != "" {
		t = sight.ReadTheme(b)
	}
	d.themes[name] = t
	return t
}

// colourMap returns the names of the theme's colours on the slide (19.3.1.6): those of the master, unless
// the layout or the slide overrides them. The usual ones are there if the file has none.
func (s *slide) colourMap() map[string]string {
	m := map[string]string{"bg1": "lt1", "tx1": "dk1", "bg2": "lt2", "tx2": "dk2"}
	for _, e := range []*element{s.master.child("clrMap"), s.pattern.child("clrMapOvr", "overrideClrMapping"),
		s.root.child("clrMapOvr", "overrideClrMapping")} {
		if e == nil {
			continue
		}
		for k, v := range e.attrs {
			m[k] = v
		}
	}
	return m
}

// background finds what the slide is filled with: by itself, its layout or its master.
func (s *slide) background() {
	s.ground = paint{colour: sight.White, alpha: 1}
	if c, ok := s.colours.scheme("bg1"); ok {
		s.ground.colour = c
	}
	for _, e := range []*element{s.root, s.pattern, s.master} {
		bg := e.child("cSld", "bg")
		if bg == nil {
			continue
		}
		if p, ok := s.colours.fill(bg.child("bgPr")); ok && !p.none {
			s.ground = p
			return
		}
		if ref := bg.child("bgRef"); ref != nil && len(ref.children) > 0 {
			s.ground = s.colours.colour(ref.children[0])
			if n, _ := strconv.Atoi(ref.attr("idx")); n > 1001 { // a gradient or a picture of the theme, in that colour
				s.ground.stops = []sight.Colour{s.ground.colour}
				s.ground.odd = true
			}
			return
		}
	}
}

// number reads a number; 0 for what is none.
func number(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != f || f > 1e12 || f < -1e12 {
		return 0
	}
	return f
}
