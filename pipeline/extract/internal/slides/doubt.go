package slides

import (
	"math"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/sight"
)

// What may push the text of a shape out of it, turn it away, or take it off the slide is not computed to the end: then
// whether a person sees it is uncertain.

// maxRaised is the height in percent of its size, by which a run may be above or below its line: more is no exponent.
const maxRaised = 300

// room returns whether the text of a body has room in its shape: the margins inside of the shape leave some, and the
// shape is not turned out of the slide's plane.
func (s *slide) room(body *element, p *placed) dossier.Visibility {
	props := body.child("bodyPr")
	across := number(props.attr("lIns")) + number(props.attr("rIns"))
	down := number(props.attr("tIns")) + number(props.attr("bIns"))
	switch {
	case p.known && p.rect.w > 0 && (across > p.rect.w || down > p.rect.h && p.rect.h > 0):
		return dossier.Uncertain
	case turned(p.e.child("spPr", "scene3d")) || turned(props.child("scene3d")):
		return dossier.Uncertain
	case s.leaves(p.e):
		return dossier.Uncertain
	}
	return ""
}

// turned reports whether the camera of a scene of three dimensions turns what is in it.
func turned(scene *element) bool {
	rot := scene.child("camera", "rot")
	return number(rot.attr("lat")) != 0 || number(rot.attr("lon")) != 0
}

// leaves reports whether an animation takes a shape off the slide.
func (s *slide) leaves(shape *element) bool {
	id := ""
	for _, c := range shape.children {
		if v := c.child("cNvPr").attr("id"); v != "" {
			id = v
			break
		}
	}
	return id != "" && exits(s.root.child("timing"), id, false, 0)
}

// maxDepth bounds how deep animations are looked at.
const maxDepth = 60

// exits reports whether an element of animations, or one inside it, is an exit of a shape.
func exits(e *element, id string, leaving bool, depth int) bool {
	if e == nil || depth > maxDepth {
		return false
	}
	leaving = leaving || e.attr("presetClass") == "exit"
	if leaving && e.name == "spTgt" && e.attr("spid") == id {
		return true
	}
	for _, c := range e.children {
		if exits(c, id, leaving, depth+1) {
			return true
		}
	}
	return false
}

// indented returns whether the indentation of a paragraph leaves room in its shape.
func indented(para *element, chain []*element, p *placed) dossier.Visibility {
	if !p.known || p.rect.w <= 0 {
		return ""
	}
	for _, pr := range append([]*element{para.child("pPr")}, chain...) {
		if v := pr.attr("marL"); v != "" {
			if number(v)+number(para.child("pPr").attr("indent")) >= p.rect.w {
				return dossier.Uncertain
			}
			return ""
		}
	}
	return ""
}

// placing returns whether the distances and the height of the letters of a run leave it readable: spc is in hundredths
// of a point, baseline in thousandths of a percent.
func placing(own *element, size float64) dossier.Visibility {
	apart, raised := number(own.attr("spc"))/100, number(own.attr("baseline"))/1000
	switch {
	case apart < -0.5*size, math.Abs(raised) > maxRaised:
		return dossier.Unseen
	case apart < -0.25*size:
		return dossier.Uncertain
	}
	return ""
}

// worst returns the worst of several.
func worst(list ...dossier.Visibility) (out dossier.Visibility) {
	for _, v := range list {
		out = sight.Worse(out, v)
	}
	return out
}
