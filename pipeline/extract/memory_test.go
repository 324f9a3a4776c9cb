//go:build linux && (amd64 || arm64)

package extract

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kheo/pipeline/extract/internal/confine"
)

// unpacksTo is a zlib stream of n megabytes of a text, without the work of packing them: one
// packed megabyte, again and again. Its checksum is wrong, which readers forgive at the end of a stream.
func unpacksTo(t *testing.T, text string, megabytes int) string {
	t.Helper()
	var once bytes.Buffer
	w, err := flate.NewWriter(&once, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(strings.Repeat(text, 1<<20/len(text))))
	w.Flush()
	return "\x78\x9c" + strings.Repeat(once.String(), megabytes) + "\x01\x00\x00\xff\xff\x00\x00\x00\x01"
}

func packed(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return b.String()
}

// pagePDF is a PDF of one page that is large enough, with a content stream, a resource and more objects.
func pagePDF(content, resource string, more ...string) string {
	return pdfOf(append([]string{"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> /XObject << /A 6 0 R >> >> >>",
		content, helvetica, resource}, more...)...)
}

// objectStream is a PDF whose pages lie in a stream of objects that holds a string of a gigabyte.
func objectStream(t *testing.T) string {
	objects := "%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 9 0 R >>\nendobj\n"
	at := len(objects)
	objects += "3 0 obj\n" + streamOf("/Type /ObjStm /N 1 /First 4 /Filter [ /FlateDecode /FlateDecode ]",
		packed(t, "\x78\x9c"+unpacksTo(t, "9 0 (", 1)[2:]+unpacksTo(t, "x", 1500)[2:])) + "\nendobj\n"
	start := len(objects)
	table := "\x00\x00\x00\x00" + "\x01\x00\x09\x00" + strings.Repeat("\x00\x00\x00\x00", 1) +
		string([]byte{1, byte(at >> 8), byte(at), 0}) + strings.Repeat("\x00\x00\x00\x00", 5) +
		"\x02\x00\x03\x00"
	objects += "4 0 obj\n" + streamOf("/Type /XRef /Root 1 0 R /Size 10 /W [1 2 1]", table) +
		"\nendobj\nstartxref\n" + strconv.Itoa(start) + "\n%%EOF\n"
	return objects
}

// everyDay are the bombs that each run of the tests tries; KHEO_SOAK=1 tries all.
var everyDay = []string{"PDF, deflate in deflate", "PDF, a table of a billion", "PDF, entries of a gigabyte",
	"PDF, rows of a gigabyte", "PDF, a stream of objects",
	"PDF, a page as large as a field"}

// bombs are small files that unpack to gigabytes, in every way that a reader unpacks.
func bombs(t *testing.T) map[string]func() string {
	t.Helper()
	const show = "BT /F1 9 Tf (xin chao) Tj ET "
	twice := packed(t, unpacksTo(t, show, 1500))
	xref := func(dict string) string {
		head := "%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
		return head + "3 0 obj\n" + streamOf(dict+" /Type /XRef /Root 1 0 R", "0123456789") +
			"\nendobj\nstartxref\n" + strconv.Itoa(len(head)) + "\n%%EOF\n"
	}
	photo := func() string {
		var b bytes.Buffer
		(&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, image.NewNRGBA64(image.Rect(0, 0, 8900,
			8900)))
		return b.String()
	}
	return map[string]func() string{
		"PDF, deflate in deflate": func() string { return pagePDF(streamOf("/Filter [ /FlateDecode /FlateDecode ]", twice), "<<>>") },
		"PDF, deflate three times": func() string {
			return pagePDF(streamOf("/Filter [ /FlateDecode /FlateDecode /FlateDecode ]", packed(t, twice)),
				"<<>>")
		},
		"PDF, one string of a gigabyte": func() string {
			return pagePDF(streamOf("/Filter [ /FlateDecode /FlateDecode ]", packed(t, "\x78\x9c"+unpacksTo(t,
				"BT /F1 9 Tf (", 1)[2:]+unpacksTo(t, "x", 1500)[2:])), "<<>>")
		},
		"PDF, many content streams": func() string {
			return pagePDF("["+strings.Repeat("7 0 R ", 200)+"]", "<<>>",
				streamOf("/Filter [ /FlateDecode /FlateDecode ]", twice))
		},
		"PDF, a font's table": func() string {
			return strings.Replace(pagePDF(streamOf("", show), "<<>>",
				streamOf("/Filter [ /FlateDecode /FlateDecode ]",
					packed(t, unpacksTo(t, "1 beginbfchar <41> <0041> endbfchar ", 1500)))),
				"/BaseFont /Helvetica >>", "/BaseFont /Helvetica /ToUnicode 7 0 R >>", 1)
		},
		"PDF, a stream of objects":   func() string { return objectStream(t) },
		"PDF, a table of a billion":  func() string { return xref("/Size 1000000000 /W [1 2 1] /Index [0 2]") },
		"PDF, entries of a gigabyte": func() string { return xref("/Size 2 /W [1 1500000000 1]") },
		"PDF, rows of a gigabyte": func() string {
			return pagePDF(streamOf("/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 1500000000 >>",
				packed(t, show)), "<<>>")
		},
		"PDF, run lengths in deflate": func() string {
			return pagePDF(streamOf("/Filter [ /FlateDecode /FlateDecode /RunLengthDecode ]",
				packed(t, unpacksTo(t, "\x81x", 30))), "<<>>")
		},
		"PDF, an image of 900 megapixels": func() string {
			return pagePDF(streamOf("", "595 0 0 842 0 0 cm /A Do"),
				streamOf("/Type /XObject /Subtype /Image /Width 30000 /Height 30000 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter [ /FlateDecode /FlateDecode ]", packed(t, unpacksTo(t, "\x00\x7f\xff", 2600))))
		},
		"PDF, a page as large as a field": func() string {
			return strings.Replace(pagePDF(streamOf("", show), "<<>>"), "[0 0 595 842]", "[0 0 200000 200000]",
				1)
		},
		"Word": func() string {
			return zipOf(t, "word/document.xml",
				"<w:document>"+strings.Repeat("<w:p><w:r><w:t>x</w:t></w:r></w:p>", 60<<20/34))
		},
		"OpenDocument": func() string {
			return zipOf(t, "mimetype", typeODT, "content.xml",
				"<office:text>"+strings.Repeat("<text:p>x</text:p>", 60<<20/18))
		},
		"a sheet": func() string {
			return zipOf(t, "xl/workbook.xml", "<workbook/>", "xl/sharedStrings.xml",
				"<sst>"+strings.Repeat("<si><t>x</t></si>", 60<<20/17))
		},
		"zip in zip": func() string {
			return zipOf(t, "a.zip", zipOf(t, "b.zip", zipOf(t, "c.txt", strings.Repeat("0", 150<<20))))
		},
		"an image of 79 megapixels": func() string { return photo() },
		"a web page":                func() string { return "<html>" + strings.Repeat("<b><i>x", 3<<20) },
		"a letter": func() string {
			return "From: a@b\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\nContent-Type: text/html\r\n\r\n<p>x\r\n", 700_000)
		},
	}
}

// peak watches the children of this process; its end is the most that one of them held, in bytes.
func peak(t *testing.T) func() int {
	stop, most := make(chan struct{}), 0
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			for _, pid := range children(t) {
				env, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
				if !bytes.Contains(env, []byte(childEnv)) {
					continue // it shares the memory of this process until it becomes another
				}
				b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
				if _, after, ok := strings.Cut(string(b), "VmHWM:"); ok {
					kilobytes, _ := strconv.Atoi(strings.Fields(after)[0])
					most = max(most, kilobytes<<10)
				}
			}
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	})
	return func() int {
		close(stop)
		wg.Wait()
		return most
	}
}

// No file makes a reading process hold 600 MB, and after each of them the next file is read.
func TestNoFileTakesMoreThanItsMemory(t *testing.T) {
	for name, make := range bombs(t) {
		if os.Getenv("KHEO_SOAK") == "" && !slices.Contains(everyDay, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			data := make()
			p, begin, end := pool(t, 20*time.Second), time.Now(), peak(t)
			var res Result
			var err error
			if strings.Contains(name, "image") || strings.Contains(name, "page as") {
				var pic Picture
				pic, err = p.Picture(context.Background(), []byte(data), 1, 0)
				res.Error = pic.Error
			} else {
				res, err = p.Read(context.Background(), []byte(data), func(Part, []byte) error { return nil })
			}
			if name == "PDF, deflate in deflate" && (res.Error != TooLarge ||
				res.Detail != confine.TooMuchMemory) {
				t.Errorf("the reason is %s, %s", res.Error, res.Detail)
			}
			if most := end(); most == 0 {
				t.Error("no reading process was seen")
			} else if most >= 600<<20 {
				t.Errorf("a process held %d MB", most>>20)
			} else {
				t.Logf("%d bytes: %d MB, %v: %s %.80s", len(data), most>>20,
					time.Since(begin).Round(10*time.Millisecond), res.Error, res.Detail)
			}
			if err != nil {
				t.Error(err)
			}
			if after := readIn(t, p, "Dân vận khéo"); textOf(after) != "Dân vận khéo" {
				t.Errorf("afterwards nothing is read: %+v", after)
			}
		})
	}
}

// A large archive is read from a file that the child shares: the child holds one file of it at a time.
func TestLargeArchivesAreNotHeldInMemory(t *testing.T) {
	part := strings.Repeat("0123456789abcdef", 1<<20) // 16 MB
	archive := storedZip(t, "a/dossier.yaml", "title: x\n", "a/1.bin", part, "a/2.bin", part, "a/3.bin", part,
		"a/4.bin", part, "a/5.bin", part, "a/6.bin", part, "a/7.bin", part)
	p, end := pool(t, 20*time.Second), peak(t)
	for range 2 { // the second time in the same child
		sizes := map[string]int{}
		res, err := p.Unpack(context.Background(), bytes.NewReader(archive), int64(len(archive)),
			func(part Part, b []byte) error {
				sizes[part.Name] = len(b)
				return nil
			})
		if err != nil || res.Error != "" || len(sizes) != 8 || sizes["a/7.bin"] != 16<<20 ||
			sizes["a/dossier.yaml"] != 9 {
			t.Errorf("%+v %v %v", res, sizes, err)
		}
	}
	if most := end(); most > 200<<20 {
		t.Errorf("a process held %d MB for an archive of %d MB", most>>20, len(archive)>>20)
	}
}

// A photo of 50 megapixels, as telephones make them, is read within the memory of a process.
func TestLargePhotosAreRead(t *testing.T) {
	if os.Getenv("KHEO_SOAK") == "" {
		t.Skip("make soak runs this: the photo takes long to make")
	}
	img := image.NewYCbCr(image.Rect(0, 0, 8160, 6120), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = 240
		if x, y := i%8160, i/8160; y%120 < 30 && x%90 < 40 {
			img.Y[i] = 20
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	turned := "\xff\xd8\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
	p, end := pool(t, 60*time.Second), peak(t)
	pic, err := p.Picture(context.Background(), []byte(turned+b.String()[2:]), 1, 0)
	if most := end(); err != nil || pic.Error != "" || most >= 600<<20 {
		t.Errorf("%d MB: %v %s", most>>20, err, pic.Error)
	} else {
		t.Logf("%d MB", most>>20)
	}
}
