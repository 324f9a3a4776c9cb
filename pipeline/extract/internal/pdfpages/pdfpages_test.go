package pdfpages

import (
	"strings"
	"testing"

	"github.com/ledongthuc/pdf"

	"kheo/pipeline/extract/internal/layout"
)

// The lexer reaches the end of any input, with progress at every token.
func FuzzContentStream(f *testing.F) {
	f.Add([]byte("BT /F1 12 Tf 72 720 Td (Hello) Tj [(a) -200 (b)] TJ ET q 1 0 0 1 0 0 cm Q BI /W 1 /H 1 ID x EI"))
	f.Add([]byte("[[[[[[<<<<<<((((((\\\\\\"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l := lexer{b: data}
		for range len(data) + 10 {
			if _, _, ok := l.token(0); !ok {
				return
			}
		}
		t.Errorf("the lexer does not reach the end of %q", data)
	})
}

func FuzzLogical(f *testing.F) {
	f.Add("שלום abc 12")
	f.Fuzz(func(t *testing.T, s string) {
		if got := logical(s); len([]rune(got)) != len([]rune(s)) {
			t.Errorf("%q becomes %q", s, got)
		}
	})
}

// A file that has lost its cross-reference table is read from the objects that it contains.
func TestLostCrossReferenceTable(t *testing.T) {
	const stream = "BT /F1 10 Tf 72 700 Td (Still to be read) Tj ET"
	file := strings.Join([]string{
		"%PDF-1.7",
		"1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj",
		"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj",
		"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R " +
			"/Resources << /Font << /F1 5 0 R >> >> >>\nendobj",
		"4 0 obj\n<< /Length 47 >>\nstream\n" + stream + "\nendstream\nendobj",
		"5 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj",
		"",
	}, "\n")
	pages, err := ownPages([]byte(file), nil)
	if err != nil || len(pages) != 1 || !strings.Contains(layout.Raw(pages[0].nodes), "Still to be read") {
		t.Errorf("%+v %v", pages, err)
	}
}

// Every operator of the table has a handler, and paints, shows or sets something without operands: a
// content stream that lacks them is never a panic.
func TestOperatorsWithoutOperands(t *testing.T) {
	for name := range operators {
		in := &interpreter{fonts: map[string]*font{}, budget: 100, box: rect{0, 0, 595, 842}}
		in.run([]byte(name+"\n1 2 3 "+name), pdf.Value{}, pdf.Value{}, identity, 0)
	}
}
