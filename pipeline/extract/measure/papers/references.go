package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// format is a format of files, and the reader that kheo's words are compared with.
type format struct {
	ext     string
	by      string // the reader, for the table that is printed
	program string // that it needs; "" if it is of this package
	most    int    // files to measure; 0: all. LibreOffice, which kheo reads old formats with, takes its time
	text    func(name string) (string, error)
	letters bool // only words with letters count
	inside  bool // the text of enclosed documents counts
}

var formats = []format{
	{ext: "docx", by: "its XML", text: wordText},
	{ext: "xlsx", by: "its XML, cells of text", text: sheetText, letters: true},
	{ext: "pptx", by: "its XML", text: slideText},
	{ext: "odt", by: "its XML", text: odfText},
	{ext: "eml", by: "Go's net/mail and mime", text: mailText, inside: true},
	{ext: "rtf", by: "LibreOffice", program: "soffice", text: libreText},
	{ext: "doc", by: "antiword", program: "antiword", most: 50, text: run("antiword", "-w", "0", "-m", "UTF-8.txt")},
	{ext: "xls", by: "xls2csv, words with letters", program: "xls2csv", most: 50, letters: true,
		text: run("xls2csv", "-d", "utf-8")},
	{ext: "ppt", by: "LibreOffice's print", program: "soffice", most: 30, text: printText},
	{ext: "pdf", by: "pdftotext", program: "pdftotext", text: pdfText},
}

// programTime bounds how long another reader may take for a file.
const programTime = 2 * time.Minute

// output runs another reader. What it printed counts, also if it failed in the end.
func output(program string, args ...string) ([]byte, error) {
	cmd := exec.Command("timeout", append([]string{fmt.Sprint(int(programTime.Seconds())), program}, args...)...)
	b, err := cmd.Output()
	if len(b) > 0 {
		return b, nil
	}
	return nil, err
}

// run returns a reader that prints the text of a file.
func run(program string, args ...string) func(string) (string, error) {
	return func(name string) (string, error) {
		b, err := output(program, append(slices.Clone(args), name)...)
		return string(b), err
	}
}

func pdfText(name string) (string, error) {
	b, err := output("pdftotext", "-enc", "UTF-8", name, "-")
	return string(b), err
}

func libreText(name string) (string, error) {
	return converted(name, "txt:Text (encoded):UTF8", func(made string) (string, error) {
		b, err := os.ReadFile(made)
		return string(b), err
	})
}

func printText(name string) (string, error) { return converted(name, "pdf", pdfText) }

// converted lets LibreOffice convert a file, with a profile of its own, and returns what read makes of the result.
func converted(name, to string, read func(string) (string, error)) (string, error) {
	dir, err := os.MkdirTemp("", "papers")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	// The profile is shared by the files of a measurement: a new one takes seconds.
	profile := filepath.Join(os.TempDir(), fmt.Sprintf("papers-profile-%d", os.Getuid()))
	if _, err := output("soffice", "-env:UserInstallation=file://"+profile, "--headless", "--convert-to",
		to, "--outdir", dir, name); err != nil {
		return "", err
	}
	made, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(made) != 1 {
		return "", errors.New("LibreOffice converted nothing")
	}
	return read(made[0])
}

func sheetText(name string) (string, error) {
	_, texts, err := readBook(name)
	return strings.Join(texts, "\n"), err
}

// slideText returns the text of the slides of a .pptx that are shown.
func slideText(name string) (string, error) {
	a, err := openArchive(name)
	if err != nil {
		return "", err
	}
	defer a.Close()
	main, _ := a.main("")
	root, err := a.part(main)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	relations := a.relations(main)
	root.child("p:sldIdLst").each("p:sldId", func(e *element) {
		slide, failed := a.part(relations[e.get("r:id")].target)
		if failed != nil {
			err = failed
		} else if v := slide.get("show"); v == "" || !off(v) {
			slideShapes(slide, &out)
		}
	})
	return out.String(), err
}

// slideShapes adds the text of what is in an element of a slide, but of hidden shapes.
func slideShapes(e *element, out *strings.Builder) {
	for _, k := range e.kids {
		shape := e.child("p:nvSpPr", "p:cNvPr")
		switch {
		case shape != nil && truthy(shape.get("hidden")):
		case k.name == "a:t":
			out.WriteString(k.content())
		case k.name == "a:fld": // a number or date that is computed when the slide is shown
		case k.name == "mc:Fallback" && e.child("mc:Choice") != nil:
		default:
			slideShapes(k, out)
			if k.name == "a:p" || k.name == "a:br" || k.name == "a:tab" {
				out.WriteString("\n")
			}
		}
	}
}

// notText lists the elements of OpenDocument whose text is not on the page.
var notText = []string{"text:tracked-changes", "text:hidden-text", "text:hidden-paragraph",
	"office:annotation", "office:forms", "title", "desc", "text:ruby-text"}

// odfText returns the text of an .odt: of its body, headers and footers.
func odfText(name string) (string, error) {
	a, err := openArchive(name)
	if err != nil {
		return "", err
	}
	defer a.Close()
	root, err := a.part("content.xml")
	if err != nil {
		return "", err
	}
	var out strings.Builder
	odfParagraphs(root.child("office:body"), &out)
	if styles, err := a.part("styles.xml"); err == nil {
		odfParagraphs(styles.child("office:master-styles"), &out)
	}
	return out.String(), nil
}

func odfParagraphs(e *element, out *strings.Builder) {
	if e == nil || slices.Contains(notText, e.name) {
		return
	}
	out.WriteString(e.text)
	for _, k := range e.kids {
		odfParagraphs(k, out)
	}
	switch e.name {
	case "text:p", "text:h", "text:tab", "text:line-break", "text:s", "text:note-citation":
		out.WriteString("\n")
	}
}
