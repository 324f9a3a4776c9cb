package sight

import "strings"

// signFonts are fonts that draw signs, or nothing, in place of letters, by their names in small letters.
var signFonts = map[string]bool{"wingdings": true, "wingdings 2": true, "wingdings 3": true, "webdings": true,
	"symbol": true, "zapf dingbats": true, "zapfdingbats": true, "itc zapf dingbats": true, "marlett": true,
	"mt extra": true, "bookshelf symbol 7": true, "adobe blank": true}

// DrawsSigns reports whether a font draws signs in place of letters, so that people cannot read text that is set in it.
func DrawsSigns(font string) bool { return signFonts[strings.ToLower(strings.TrimSpace(font))] }
