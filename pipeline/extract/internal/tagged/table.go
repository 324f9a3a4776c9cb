package tagged

// Bounds of a table.
const (
	maxRows    = 20_000
	maxColumns = 200
	maxArea    = 2_000_000 // fields of all tables of a file
)

// Cell is a cell of a table, at its place among rows and columns, which count from 0.
type Cell struct {
	Element          int32
	Row, Col         int
	RowSpan, ColSpan int
	Header           bool
	Scope            byte
}

// Table is a table as the tree states it.
type Table struct {
	Element int32
	Rows    int
	Cols    int
	Cells   []Cell // row by row
	Heads   int    // leading rows that are in a THead
	Caption int32  // the element of its caption, or -1

	Index map[int32]int // of the cells, by their elements
	Names []Name        // of its columns, filled in by who has seen them
}

// Name is what a header cell of a table says, without space, and of which columns it is.
type Name struct {
	Col, Cols int
	Text      string
}

// Table lays out the cells of table i, as a browser does; nil if it is no table: an element that belongs into rows is
// not in one, or cells lie on each other.
func (t *Tree) Table(i int32) *Table {
	out := &Table{Element: i, Caption: -1, Index: map[int32]int{}}
	taken := map[[2]int]bool{}
	if !t.rows(i, out, taken, false) || out.Rows == 0 {
		return nil
	}
	return out
}

// rows lays out the rows in an element of a table.
func (t *Tree) rows(i int32, out *Table, taken map[[2]int]bool, head bool) bool {
	for k := i + 1; k < t.Elements[i].End; k = t.Elements[k].End {
		switch t.Elements[k].Role {
		case "TR":
			if !t.row(k, out, taken) {
				return false
			}
			if head && out.Heads == out.Rows-1 {
				out.Heads++
			}
		case "THead", "TBody", "TFoot":
			if t.Elements[i].Role != "Table" || !t.rows(k, out, taken, t.Elements[k].Role == "THead") {
				return false
			}
		case "NonStruct", "Div", "Sect", "Part", "":
			if !t.rows(k, out, taken, head) {
				return false
			}
		case "Caption":
			out.Caption = k
		default: // Word puts the rulings into elements of their own
			if t.hasCells(k) {
				return false
			}
		}
	}
	return true
}

// hasCells reports whether rows or cells are in an element, or it is one.
func (t *Tree) hasCells(i int32) bool {
	for k := i; k < t.Elements[i].End; k++ {
		switch t.Elements[k].Role {
		case "TR", "TH", "TD":
			return true
		}
	}
	return false
}

// row lays out a row.
func (t *Tree) row(i int32, out *Table, taken map[[2]int]bool) bool {
	if out.Rows >= maxRows {
		return false
	}
	row, col := out.Rows, 0
	out.Rows++
	var cells func(i int32) bool
	cells = func(i int32) bool {
		for k := i + 1; k < t.Elements[i].End; k = t.Elements[k].End {
			e := &t.Elements[k]
			switch e.Role {
			case "TH", "TD":
			case "NonStruct", "Div", "":
				if !cells(k) {
					return false
				}
				continue
			default:
				if t.hasCells(k) {
					return false
				}
				continue
			}
			for taken[[2]int{row, col}] {
				col++
			}
			c := Cell{Element: k, Row: row, Col: col, RowSpan: int(e.RowSpan), ColSpan: int(e.ColSpan),
				Header: e.Role == "TH", Scope: e.Scope}
			t.area += c.RowSpan * c.ColSpan
			if col+c.ColSpan > maxColumns || t.area > maxArea {
				return false
			}
			for y := row; y < row+c.RowSpan; y++ {
				for x := col; x < col+c.ColSpan; x++ {
					if taken[[2]int{y, x}] {
						return false
					}
					taken[[2]int{y, x}] = true
				}
			}
			col += c.ColSpan
			out.Cols = max(out.Cols, col)
			out.Index[k] = len(out.Cells)
			out.Cells = append(out.Cells, c)
		}
		return true
	}
	return cells(i)
}
