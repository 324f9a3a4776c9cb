package table

import (
	"kheo/internal/dossier"
	"kheo/internal/text"
)

// OnPage are the tables of a page, which are found when they are first asked for.
type OnPage struct {
	of      *dossier.Page
	page    *text.Page
	before  *OnPage // of the page before it in its document; nil if it is the first
	tables  []*Table
	loose   []*Table
	found   bool // tables are found
	loosely bool // loose ones are found
}

// NewOnPage are the tables of a page, given how it was cut into words and the tables of the page before it, if one may
// go on from there.
func NewOnPage(of *dossier.Page, page *text.Page, before *OnPage) OnPage {
	return OnPage{of: of, page: page, before: before}
}

// All are the tables of the page. One that goes on from the page before has the headers of that one.
func (t *OnPage) All() []*Table {
	if !t.found {
		t.found = true
		t.tables = Read(t.of, t.page)
		if t.before != nil && len(t.tables) > 0 {
			if up := t.before.All(); len(up) > 0 {
				t.tables[0].Continue(up[len(up)-1])
			}
		}
	}
	return t.tables
}

// At returns the table and the cell that word i is in; nil if it is in none. Only lines with tabs are in tables.
func (t *OnPage) At(i int) (*Table, *Cell) { return Of(t.All(), i) }

// Loose are the tables of the page that are set with spaces or strokes.
func (t *OnPage) Loose() []*Table {
	if !t.loosely {
		t.loosely = true
		t.loose = Loose(t.page)
	}
	return t.loose
}

// LooseAt is At for tables that are set with spaces or strokes.
func (t *OnPage) LooseAt(i int) (*Table, *Cell) { return Of(t.Loose(), i) }
