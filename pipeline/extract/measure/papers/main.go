// Command papers measures how well kheo reads public files that it was not made with: which share of the
// words that another reader finds in a file kheo finds too, and how well the tables of Word documents and
// workbooks agree with what their XML states. The files are not part of this repository; sets lists where
// they come from. `make bench-papers` runs it, docs/benchmarks.md has the figures.
package main

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// set is a public collection: a clone of a repository in a folder of the given name.
type set struct{ folder, repository, commit, under string }

var sets = []set{
	{"pdf.js", "mozilla/pdf.js", "0f26334f9d6f96119f6e5164fb65832fbbde7344", "test/pdfs/"},
	{"tika", "apache/tika", "2b70202aaec3db48fd5ff4d996d974444a750a11", "test-documents/"},
	{"poi", "apache/poi", "a528d43590b3f71aa94310de881a35af887fdd0f", "test-data/"},
	{"docx4j", "plutext/docx4j", "c09797573256c0abac8529008df7336125ea5685", ""},
	{"python-docx", "python-openxml/python-docx", "e45454602b53e8e572b179ccf1c91093ec9f4ed7", ""},
	{"openpyxl", "theorchard/openpyxl", "b06d737937d6c04927d8cfe9758a78d94c023872", ""},
	{"openpyxl-chronossc", "chronossc/openpyxl", "5f6a7b80d2f58b089ec6ca19cac22c9e95bb04c0", ""},
	{"camelot", "camelot-dev/camelot", "2b80d0bc692d1b22203c3385e77da8201675aa50", ""},
	{"pdfplumber", "jsvine/pdfplumber", "147f2c4c07dc1191fc1d05bb589b4f6af3aaf74a", ""},
	{"tabula", "tabulapdf/tabula-java", "2cdf3b4fd3f7e921dca8cc6814cdd9316be40f0f", ""},
	{"sample-files", "py-pdf/sample-files", "6921079eb3e1ed0944db5ec75016910d59da7fdb", ""},
	{"mail", "mikel/mail", "d645d7b5b7d03218b0bc8971ef041c991a63f5f7", "spec/fixtures/"},
}

// laterSets are collections that only have printed tables: reports and handbooks of projects and courses in six
// languages, of which no table was seen while the readers were worked on.
var laterSets = []set{
	{"asset-mapping", "CGIAR-Climate-Data-Hub/cdh-asset-mapping", "ee414c4a7249d230bf26676b9737de8c3713350f", ""},
	{"tai-lieu", "HoangHuynh2012/TaiLieu", "08b393b31a2bfb7548c9b6d210154125ec8c1418", ""},
	{"ldso", "JoEsteves/LDSO1516T1G2", "f664f7ab05ad5a35c2549a672e9120d74237c0d9", ""},
	{"quality-control", "StupidMan-KTPM0115/Software-Quality-Control", "637c5b7a5be6e9285460b3f0c547b72b606b8c46", ""},
	{"nmcnpm", "Introduction-to-Software-Engineering/NMCNPM", "a75b9ea6a792b63f9d7fe1c1296803ed739b34ee", ""},
	{"ingsoft", "GastonLopez/2017-UNC-IngSoft-VLC", "6001680d196082b85898777b9cceb1f3f1fab66c", ""},
	{"rsoi", "AndreevAA/rsoi-project", "9276145dbc96b667821b936de8260b8236e5e548", ""},
	{"exceed-vote", "JACS-SKE/eXceedVote", "91b3c830eb33d084be3309752514d858ca684f79", ""},
	{"student-management", "LuanNguyen23T/PBL1_StudentManagementSystem", "f979f0d44b4c97c9ef6b2feff463654c425c7f44",
		""},
	{"si2016", "SoftverInzenjeringETFSA/SI2016_TIM14", "5500ae034fe3aa430db018fcf9253defa006dd9f", ""},
	{"fhir-gateway", "trifork/nsp-fhir-gateway", "e6f7b80da64dd941301f55382257c249d96c6f4b", ""},
}

// freshSets are collections that only have printed tables, too, chosen after laterSets: when the tables of laterSets
// began to be looked at, these were kept apart.
var freshSets = []set{
	{"eksamensprojekt", "Eksamensprojekt1/Eksamensprojekt-1.-semester-2018--Celine-Celina-Mark-Kevin-Morten",
		"e3d18b3cb399b5c516d5c6ed81ba1c171b28792c", ""},
	{"iperka", "ElioBucher/M431-IPERKA-Projektarbeit", "c9cf8dab1a090f45b491703222326a10b7055b78", ""},
	{"web-prosjekt", "Fjellstad/gruppe11webProsjekt", "c44861001dc12597304468659153de47470ae0d3", ""},
	{"aurora", "GRodriguezAR/AuroraSA_DB", "0a893cdfcaa9726b86e03a0fdc217d3b732b3c88", ""},
	{"se104", "HooNann/SE104_Group11_StudentManagementSystem", "1044a8a09d7804083767347a787be037013b7700", ""},
	{"kassensystem", "Kassensystem/Dokumentation", "0a58596c8f7c1daff7fb32d951ec8dcd6e10191b", ""},
	{"hotelcalifornia", "junyi-xie/hotelcalifornia", "2498bd7f26e57186909d8fd38c8bbe56c2b0c775", ""},
	{"kiem-thu", "NguyenMinhNhut-1511/KiemThuPhanMem", "2f581480d8c5db9c4243995c459024bc064b86cb", ""},
	{"nhan-su", "TeamgithubBD53/QuanLyNhanSu", "5d92f3f2573a58d11654ac9eec86069199ab6ef8", ""},
	{"sqa", "fliMMM/SQA_N02_Nhom_04", "12dc9143afbd378730b29ee460bc0d561cf0993e", ""},
	{"thunder", "a-elhag/thunder", "887a4256db6c9dc714410dddab248711a75cc046", ""},
	{"garden-centre", "mumby0168/Garden-Centre-Management-Web-App", "e6302fdee4c017350da0e4066013fb067933afae", ""},
	{"dtu", "nover/dtu-02165", "8a784d0ad5ddfc346542ed9e1e340b0d02e41416", ""},
	{"quantri", "votuan921/quantri", "97a899af0e638955b9381cbfcf80995271dbacf6", ""},
	{"ttn", "KurtLyndon/TTN-TH248", "8ea0370317669e2649a9c19fee65ac845310b0c6", ""},
	{"csu", "JamesCalebWay/CSU-Senior-Project", "55aca3dc1eaab67e4c2b997b767199a1feebde2a", ""},
	{"ultras", "Lachezar14/ULTRAS", "797710aac2f10df5c2b86d7d2acd7235666e8515", ""},
}

// lastSets are collections that only have printed tables, too, of which nothing was seen before the structure that
// files state was read.
var lastSets = []set{
	{"ban-sach", "AkiyoshiTeam/Phan-tich-thiet-ke-phan-mem-Quan-li-ban-sach-",
		"e5e4a4f7b1952539bf7b4e6046fb8cbc1f1b0232", ""},
	{"dien-thoai", "AkiyoshiTeam/Phan-tich-thiet-ke-HTTT-Quan-li-mua-ban-dien-thoai-",
		"a1c4ebed6c81d448cbe2a439bf220d06ffaf9838", ""},
	{"db-cp", "EgorX2000/db_cp", "391d34b689a5dfc9e67a8aada1117622f4684f78", ""},
	{"clubs", "WT-26/Software-Requirements-Documentation", "801803146a182bf048a303676abfd6da9491c2e6", ""},
}

const (
	maxFile  = 4 << 20 // larger files are not measured
	minWords = 5       // references with fewer words say nothing: scans, pictures
)

// unfit names files that are no documents to a reader: encrypted, or damaged on purpose.
var unfit = regexp.MustCompile(`(?i)encrypt|passw|protect|fuzz|crash|corrupt|invalid|null_|oom|poc-|` +
	`bug62181|65016`)

func main() {
	log.SetFlags(0)
	kheo := flag.String("kheo", "bin/kheo", "the kheo to measure")
	only := flag.String("formats", "", "measure only these, separated by commas; tables: the tables of Word files and "+
		"workbooks; printed: those of printed Word files; foreign: those of PDF files that others labelled")
	list := flag.String("list", "", "measure only the files whose names are lines of this `file`")
	half := flag.String("half", "", "of the printed tables measure only those that were \"worked with\", "+
		"\"kept apart\", \"unseen\", the \"fourth\" or the \"fifth\" set")
	edges := flag.String("borders", "", "measure printed tables only \"with\" or \"without\" borders")
	tags := flag.String("tags", "", "measure printed tables only \"with\" tags, which state what is a table, or "+
		"\"without\"")
	perTable := flag.String("figures", "", "write figures of each printed or foreign table, and nothing of what it "+
		"says, to this `file`")
	worst := flag.Int("worst", 0, "print this many of the worst files of each format, with missing words")
	flag.Parse()
	figuresFile = *perTable
	root := flag.Arg(0)
	if root == "" {
		log.Fatal("KHEO_PAPERS names no folder of public files; docs/benchmarks.md says how to fetch them")
	}
	wanted := func(what string) bool { return *only == "" || slices.Contains(strings.Split(*only, ","), what) }
	files := collect(root, *list)
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "format\tcompared with\tfiles\tno reference\trefused\twords\trecall\tof files read\t"+
		"missed but hidden")
	for _, f := range formats {
		if !wanted(f.ext) {
			continue
		}
		if _, err := exec.LookPath(f.program); f.program != "" && err != nil {
			fmt.Fprintf(out, "%s\t%s is not installed\n", f.ext, f.program)
			continue
		}
		names := files[f.ext]
		if f.most > 0 && *list == "" {
			names = names[:min(f.most, len(names))]
		}
		if len(names) > 0 {
			measureWords(out, *kheo, root, f, names, *worst)
		}
		out.Flush()
	}
	if wanted("tables") && *list == "" {
		measureTables(*kheo, root, *worst)
	}
	if wanted("foreign") && *list == "" {
		measureForeign(*kheo, root, *half, *worst)
	}
	if wanted("printed") && *list == "" {
		for _, tagged := range []bool{false, true} {
			if tagged && *tags != "without" || !tagged && *tags != "with" {
				measurePrinted(*kheo, root, *half, *edges, tagged, *worst)
			}
		}
	}
}

// collect returns the files of each extension relative to root, each content once, in an order that is
// arbitrary but always the same, so that the first n are a fair sample.
func collect(root, list string) map[string][]string {
	var chosen []string
	if list != "" {
		b, err := os.ReadFile(list)
		if err != nil {
			log.Fatal(err)
		}
		chosen = strings.Split(strings.TrimSpace(string(b)), "\n")
	}
	byExt := map[string][]string{}
	seen := map[[32]byte]bool{}
	for _, s := range sets {
		dir, err := s.in(root)
		if err != nil {
			continue
		}
		err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			name := filepath.Join(s.folder, strings.TrimPrefix(path, dir))
			if !s.holds(name, d) || list != "" && !slices.Contains(chosen, name) {
				return nil
			}
			b, err := os.ReadFile(path)
			if sum := sha256.Sum256(b); err == nil && !seen[sum] {
				seen[sum] = true
				ext := strings.TrimPrefix(strings.ToLower(filepath.Ext(name)), ".")
				byExt[ext] = append(byExt[ext], name)
			}
			return err
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	for _, names := range byExt {
		slices.SortFunc(names, func(a, b string) int {
			x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
			return bytes.Compare(x[:], y[:])
		})
	}
	return byExt
}

// in returns the folder of the set beneath root, and says which set is skipped if it is not there.
func (s *set) in(root string) (string, error) {
	dir, err := filepath.EvalSymlinks(filepath.Join(root, s.folder))
	if err != nil {
		fmt.Printf("skipped: %s (github.com/%s at %.12s) is not in %s\n", s.folder, s.repository, s.commit, root)
	}
	return dir, err
}

// holds reports whether a file of the set's folder is a document to be measured.
func (s *set) holds(name string, d fs.DirEntry) bool {
	info, err := d.Info()
	return err == nil && info.Size() <= maxFile && strings.Contains(name, s.under) && !unfit.MatchString(d.Name())
}

// measured is the recall of one file.
type measured struct {
	recall
	name, err string
}

// measureWords prints the recall of words over the files of a format.
func measureWords(out *tabwriter.Writer, kheo, root string, f format, names []string, worst int) {
	var paths []string
	var want [][]string
	for _, name := range names {
		text, err := f.text(filepath.Join(root, name))
		list := words(text)
		if f.letters {
			list = lettered(list)
		}
		if err == nil && len(list) >= minWords {
			paths, want = append(paths, filepath.Join(root, name)), append(want, list)
		}
	}
	var all, read recall
	var files []measured
	refused := 0
	err := readFiles(kheo, false, paths, func(i int, d *document) {
		text, hidden := d.texts(f.inside)
		r := measure(want[i], words(text), hidden)
		files = append(files, measured{r, paths[i], d.Error})
		all.words, all.found, all.hidden = all.words+r.words, all.found+r.found, all.hidden+r.hidden
		if d.Error != "" {
			refused++
			return
		}
		read.words, read.found = read.words+r.words, read.found+r.found
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintf(out, "%s\t%s\t%d\t%d\t%d\t%d\t%.4f\t%.4f\t%.4f\n", f.ext, f.by, len(files),
		len(names)-len(files), refused, all.words, share(all.found, all.words),
		share(read.found, read.words), share(all.hidden, all.words))
	slices.SortFunc(files, func(a, b measured) int { return b.words - b.found - (a.words - a.found) })
	for _, m := range files[:min(worst, len(files))] {
		log.Printf("%s %d of %d words %s %s %q", f.ext, m.found, m.words, m.name, m.err,
			m.missed[:min(8, len(m.missed))])
	}
}

// labels names the tables that are measured, and which of their rows are headers, as a person or the file
// states.
//
//go:embed tables.tsv
var labels []byte

// unseenLabels names those of laterSets.
//
//go:embed unseen.tsv
var unseenLabels []byte

// fourthLabels names those of freshSets.
//
//go:embed fourth.tsv
var fourthLabels []byte

// fifthLabels names those of lastSets.
//
//go:embed fifth.tsv
var fifthLabels []byte

// labelled returns the tables of a file that are to be measured, by number.
func labelled(labels []byte) map[string]map[int]*table {
	out := map[string]map[int]*table{}
	for line := range bytes.Lines(labels) {
		f := strings.Split(strings.TrimSpace(string(line)), "\t")
		if strings.HasPrefix(f[0], "#") || len(f) != 4 {
			continue
		}
		n, err := strconv.Atoi(f[1])
		if err != nil {
			log.Fatalf("tables.tsv: %v", err)
		}
		if out[f[0]] == nil {
			out[f[0]] = map[int]*table{}
		}
		out[f[0]][n] = &table{headers: rowNumbers(f[2]), maybe: rowNumbers(f[3])}
	}
	return out
}

// rowNumbers reads numbers separated by commas; - is none, ? is not known, which is nil.
func rowNumbers(s string) []int {
	if s == "?" {
		return nil
	}
	out := []int{}
	for _, f := range strings.Split(s, ",") {
		if n, err := strconv.Atoi(f); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// truth reads the tables of a file by its XML and marks those that are labelled.
func truth(name, ext string, labels map[int]*table) ([]*table, error) {
	tables, err := wordTables, error(nil)
	if ext == ".xls" {
		tables = func(name string) ([]*table, error) {
			t, _, err := readBook(name)
			return t, err
		}
	}
	list, err := tables(name)
	for i, t := range list {
		l := labels[i]
		if l == nil {
			continue
		}
		t.chosen, t.headers, t.maybe = true, l.headers, l.maybe
		if ext == ".xls" && len(l.headers) > 0 {
			titles(t, l.headers[0])
		}
	}
	return list, err
}

// titles makes the titles above the headers of a sheet optional: rows of one cell.
func titles(t *table, first int) {
	inRow := map[int]int{}
	for _, c := range t.cells {
		inRow[c.row]++
	}
	for i := range t.cells {
		c := &t.cells[i]
		c.optional = c.optional || c.row < first && inRow[c.row] == 1
	}
}

// measureTables prints how well the labelled tables agree.
func measureTables(kheo, root string, worst int) {
	fmt.Println()
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "tables\t"+scoreTitles)
	byFile := labelled(labels)
	for _, ext := range []string{".doc", ".xls"} { // of .docx and .docm, of .xlsx and .xlsm
		var paths []string
		var truths [][]*table
		for name, l := range byFile {
			path := filepath.Join(root, name)
			if _, err := os.Stat(path); !strings.HasPrefix(filepath.Ext(name), ext) || err != nil {
				continue
			}
			t, err := truth(path, ext, l)
			if err != nil {
				log.Printf("%s: %v", name, err)
				continue
			}
			paths, truths = append(paths, path), append(truths, t)
		}
		all := scoreFiles(kheo, paths, paths, truths, worst > 0, asItIs)
		fmt.Fprintf(out, "%sx\t%s\n", ext[1:], all.line(len(paths)))
	}
	out.Flush()
}

// asItIs leaves a table as it is.
func asItIs(*table) {}

// scoreFiles adds up how well the tables of files agree, which prepare may change before they are compared; with report
// it prints what differs.
func scoreFiles(kheo string, paths, names []string, truths [][]*table, report bool, prepare func(*table)) (all score) {
	err := readFiles(kheo, true, paths, func(i int, d *document) {
		if d.Error != "" {
			log.Printf("NOT READ, so that the figures are too low: %s: %s", names[i], d.Error)
		}
		before, read := all, d.tables()
		for _, t := range slices.Concat(truths[i], read) {
			prepare(t)
		}
		all.addFile(truths[i], read, paths[i], names[i])
		if report && (all.cells-before.cells > all.found-before.found || all.headersFalse > before.headersFalse ||
			all.headers-before.headers > all.headersFound-before.headersFound) {
			log.Printf("%s: %d of %d cells, %d of %d header rows, %d false; %s", names[i], all.found-before.found,
				all.cells-before.cells, all.headersFound-before.headersFound, all.headers-before.headers,
				all.headersFalse-before.headersFalse, paths[i])
			differences(truths[i], read)
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	return all
}

const scoreTitles = "files\ttables\thalf found\tcells\trecall\tmean of tables\tprecision\theader rows\theader " +
	"F1\twithout titles"

// line writes a score as scoreTitles says.
func (s *score) line(files int) string {
	return fmt.Sprintf("%d\t%d\t%d\t%d\t%.4f\t%.4f\t%.4f\t%d\t%.4f\t%.4f", files, s.tables, s.tablesFound, s.cells,
		share(s.found, s.cells), s.shares/float64(max(1, s.tables)), share(s.right, s.read), s.headers, s.f1(),
		s.namesF1())
}
