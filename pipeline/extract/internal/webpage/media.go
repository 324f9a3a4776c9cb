package webpage

import "strings"

// Widths of an ordinary window, in px: a condition that holds for all widths between them is certain.
const (
	narrowWindow = 800
	wideWindow   = 1900
)

// media returns whether a list of media queries applies to an ordinary window: as much as the most certain
// of them. An empty list always applies (Media Queries 4, section 2.1).
func media(list string) certainty {
	list = strings.TrimSpace(strings.ToLower(list))
	if list == "" {
		return always
	}
	best := never
	for _, q := range splitTop(list, ',') {
		best = max(best, mediaQuery(strings.TrimSpace(q)))
	}
	return best
}

// otherMedia are media types other than a screen, also those that are obsolete and match nothing.
var otherMedia = map[string]bool{"print": true, "speech": true, "tv": true, "handheld": true, "projection": true,
	"braille": true, "aural": true, "tty": true, "embossed": true}

// mediaQuery returns whether one media query applies: as much as the least certain of its conditions.
func mediaQuery(q string) certainty {
	negated := strings.HasPrefix(q, "not ")
	q = strings.TrimPrefix(strings.TrimPrefix(q, "not "), "only ")
	sure := always
	if strings.Contains(q, " or ") {
		sure = perhaps
	}
	for part := range strings.SplitSeq(q, " and ") {
		switch part = strings.TrimSpace(part); {
		case part == "all" || part == "screen" || part == "":
		case otherMedia[part]:
			sure = never
		case strings.HasPrefix(part, "("):
			sure = min(sure, mediaFeature(part))
		default:
			sure = min(sure, perhaps)
		}
	}
	if negated {
		return always - sure
	}
	return sure
}

// mediaFeature returns whether a condition on a feature of the window applies. Only conditions on the width
// are computed; em are those of the browser's own font.
func mediaFeature(s string) certainty {
	name, v, ok := strings.Cut(strings.Trim(s, "()"), ":")
	px, _, known := length(strings.TrimSpace(v), browserSize)
	if !ok || !known {
		return perhaps
	}
	switch strings.TrimSpace(name) {
	case "min-width", "min-device-width":
		switch {
		case px <= narrowWindow:
			return always
		case px > wideWindow:
			return never
		}
	case "max-width", "max-device-width":
		switch {
		case px >= wideWindow:
			return always
		case px < narrowWindow:
			return never
		}
	}
	return perhaps
}
