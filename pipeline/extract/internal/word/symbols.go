package word

import (
	"strings"

	"kheo/internal/dossier"
)

// Ticks of form fields, as the page's text shows them.
const (
	ticked   = "☑"
	unticked = "☐"
)

// symbols maps the codes of Microsoft's symbol fonts to the characters that look like them: those of forms,
// and the usual bullets and arrows. The tables of the fonts are in Unicode's documents L2/12-130 and
// L2/11-052.
var symbols = map[string]map[rune]string{
	"wingdings": {0x6c: "●", 0x6e: "■", 0x6f: unticked, 0x70: unticked, 0x71: unticked, 0x72: unticked,
		0x78: ticked, 0xa8: unticked, 0xfb: "✗", 0xfc: "✓", 0xfd: ticked, 0xfe: ticked, 0xe0: "→", 0xe8: "→",
		0xf0: "→", 0xa7: "▪", 0xd8: "➢", 0x76: "❖", 0x9f: "•", 0x28: "☎", 0x2a: "✉", 0x2b: "✉", 0xdf: "←",
		0xd6: "›", 0x77: "⬥", 0x75: "⬥", 0xa1: "○", 0xa4: "◉", 0x6d: "❍", 0x9e: "·", 0x6a: "&", 0x4a: "☺",
		0x4c: "☹", 0xab: "★"},
	"wingdings 2": {0x4f: "✗", 0x50: "✓", 0x51: ticked, 0x52: ticked, 0x53: ticked, 0x54: ticked,
		0x30: unticked, 0xa3: unticked, 0x2a: unticked, 0x35: unticked, 0x99: "○", 0x98: "●", 0x9a: "◎",
		0xa0: "▪", 0x97: "●", 0x95: "•", 0x96: "•", 0xa2: "■", 0xa4: unticked, 0xa5: unticked, 0xa6: unticked,
		0x55: "⊗", 0x56: "⊗", 0x57: "⊘", 0x58: "⊘"},
	"wingdings 3": {0x22: "↔", 0x67: "↓", 0x68: "↑", 0x66: "→", 0x63: "←", 0x70: "▲", 0x71: "▼", 0x77: "►",
		0x78: "◄", 0x7d: "▶", 0x7e: "▷", 0x84: "▸"},
	"symbol": {0xb7: "•", 0xae: "→", 0xb1: "±", 0xb3: "≥", 0xa3: "≤", 0xb0: "°", 0xb4: "×", 0xd7: "·",
		0xa8: "♦", 0xde: "⇒", 0xd6: "√"},
	"webdings": {0x61: "✓", 0x72: "✗", 0x63: unticked, 0x67: "■", 0x31: unticked, 0x67 + 0xf000: "■", 0x3d: "●"},
}

// symbolFont returns the name of a symbol font in the form of the table; "" for other fonts.
func symbolFont(font string) string {
	font = strings.ToLower(strings.TrimSpace(font))
	if symbols[font] != nil {
		return font
	}
	return ""
}

// symbolElement returns what a code of a symbol font looks like; unknown ones are a space.
func symbol(font string, code rune) string {
	if code >= 0xf000 && code <= 0xf0ff {
		code -= 0xf000
	}
	if s := symbols[font][code]; s != "" {
		return s
	}
	if font == "symbol" && code >= 0x20 && code < 0x40 && !strings.ContainsRune("\"$'*-", code) {
		return string(code) // digits and signs are in their usual places
	}
	return " "
}

// boxState returns the state of a tick box by how it looks. ok is false for other characters.
func boxState(s string) (state dossier.FieldState, ok bool) {
	switch strings.TrimSpace(s) {
	case "☑", "☒", "🗹", "🗷", "✔", "✓", "■":
		return dossier.Checked, true
	case "☐", "□", "❏", "❑", "❒", "◻":
		return dossier.Unchecked, true
	}
	return "", false
}
