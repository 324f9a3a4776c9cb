package page

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// iconFiles are icons of Lucide 1.62.0 (https://lucide.dev, ISC and MIT, see scripts/licences/icons), as
// published. One is added by copying its file; Icons lists them all.
//
//go:embed icons/*.svg
var iconFiles embed.FS

// iconSize is the width and height of an icon in CSS pixels if no stylesheet is applied.
const iconSize = 18

// icons holds the drawing of each icon, by name.
var icons = loadIcons()

// loadIcons reads the content of each icon's svg element. The files are part of the program: one that cannot
// be read ends it at the start, and every test.
func loadIcons() map[string]string {
	files, err := fs.Glob(iconFiles, "icons/*.svg")
	if err != nil {
		panic(err)
	}
	out := map[string]string{}
	for _, f := range files {
		b, err := iconFiles.ReadFile(f)
		if err != nil {
			panic(err)
		}
		_, rest, found := strings.Cut(string(b), "<svg")
		_, rest, open := strings.Cut(rest, ">")
		drawing, _, closed := strings.Cut(rest, "</svg>")
		if !found || !open || !closed {
			panic(f + " is not an SVG file")
		}
		out[strings.TrimSuffix(path.Base(f), ".svg")] = strings.Join(strings.Fields(drawing), " ")
	}
	return out
}

// Icon returns an icon as inline SVG, which is hidden from screen readers: the text beside it, or the label
// of the control, says what it means. An unknown name is an error of the template.
func Icon(name string) (template.HTML, error) {
	drawing, ok := icons[name]
	if !ok {
		return "", fmt.Errorf("there is no icon %q in page/icons", name)
	}
	return template.HTML(fmt.Sprintf(`<svg class="icon" width="%d" height="%[1]d" viewBox="0 0 24 24" fill="none" `+
		`stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" `+
		`aria-hidden="true">%s</svg>`, iconSize, drawing)), nil
}

// Icons returns the names of all icons, ascending.
func Icons() []string { return slices.Sorted(maps.Keys(icons)) }
