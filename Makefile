# The two commands of the README are `make demo` and `make test`. Each sets up
# what it needs: on Debian and its derivatives, missing programs are installed with apt.

export CGO_ENABLED := 0
# Without the path of the clone in them, compiled packages are the same for all targets and in every clone: what make
# demo or another clone has compiled, make test does not compile again.
export GOFLAGS := -trimpath $(GOFLAGS)
SHELL := /bin/bash
GO ?= go
DEMO ?= demo

# The commit that `kheo version` names, whatever GOFLAGS says about stamping and whoever owns the clone; empty
# outside of a clone. COMMIT=… sets another.
GIT := git -c safe.directory='*'
COMMIT ?= $(shell test -z "$$($(GIT) rev-parse --show-cdup 2>&1)" && $(GIT) rev-parse HEAD && { $(GIT) diff --quiet HEAD || echo +changes; })

.PHONY: all demo build test check test-postgres year soak lint notice bench bench-night bench-workers bench-read bench-papers bench-rules bench-facts weights bench-evidence bench-search bench-pages mutate samples setup-ocr setup-test setup-samples fuzz package clean

all: build

build: ## bin/kheo, without debug information, which is a quarter of its size
	$(GO) build -ldflags "-s -w -X kheo/cmd/kheo/internal/build.commit=$(subst $(eval) ,,$(COMMIT))" -o bin/kheo ./cmd/kheo

# Scanned pages are read by tesseract. Without it kheo works too, and names the
# dossiers that wait for it.
setup-ocr:
	@scripts/need tesseract=tesseract-ocr
	@for l in vie nor eng; do tesseract --list-langs | grep -qx $$l || echo tesseract-ocr-$$l; done | xargs -r scripts/need --package

demo: build setup-ocr ## the sample campaign in demo/, run once; a second time, it continues with what is there
	@if [ -f $(DEMO)/kheo.yaml ]; then echo "$(DEMO)/ exists already, and is run again (remove it to start afresh)."; \
	else bin/kheo demo $(DEMO); fi
	@echo
	bin/kheo run -w $(DEMO)
	@echo
	@echo "Open it: bin/kheo serve --demo -w $(DEMO), then http://127.0.0.1:8080 (who there is, and their password: $(DEMO)/people.txt)"

test: setup-test ## the tests, with the programs of this machine; the longest ones are left to make soak
	@begin=$$(date +%s); GOGC=200 $(GO) test $(TESTFLAGS) -skip '$(LONG)' ./pipeline ./...; code=$$?; \
	echo "make test took $$(( $$(date +%s) - begin )) s; make soak runs the long checks"; exit $$code

# Only make soak runs these: machines that fail, runs on three machines, killed indexing, full disks, the sample ingested
# in two orders, the index of the whole sample built again, a whole season in Chromium and one by script, axe-core on
# states that pages reach only after somebody worked there, walks over all pages, and the programs of examples/. make
# test has shorter tests of the same kinds: TestKilledRuns, TestKilledDecisions, TestASeason, TestPagesAreAccessible.
LONG := ^(TestMachinesThatFall|TestMachinesShareTheWork|TestKilledIndexing|TestDisksThatFail|TestOrderClockAndPlaceLeaveNoTrace|TestNobodyNoticesThatTheIndexIsBuiltAnew|TestASeasonInTheBrowser|TestASeasonByScript|TestTheEvidencePagesAreAccessible|TestFactsAreAccessible|TestPagesOfAMeetingAreAccessible|TestPagesWithTagsAreAccessible|TestPagesPrint|TestTheWorkbenchFitsEveryWindow|TestACommitteeChecksItsEvidence|TestNothingTellsWhatMustBeScoredBlind|TestTheIndexIsBuiltAgainWhereItIsGoneOrDamaged|TestTheExamples)$$

# Vet is left to lint and check; binaries without debug information are linked in half the time. Tests that wait for
# other processes run beside others: -parallel is more than the processors. The package that takes longest begins
# first, and so do tests of packages: those of the pipeline wait half of their time for the leases of processes that were
# killed. With GOGC less of the processor time is spent on collecting garbage: a quarter, in the tests of the pages.
TESTFLAGS := -count=1 -timeout 40m -vet=off -ldflags='-s -w' -p $(shell echo $$(($$(nproc) + 1))) -parallel 6

# The packages whose tests run whole workspaces, browsers or OCR; make check leaves them out.
SLOW := kheo/cmd/kheo$$|kheo/cmd/kheo/internal/web$$|kheo/pipeline$$|kheo/pipeline/extract

check: lint ## before a commit: gofmt, vet, staticcheck, NOTICE, and the fast tests; under a minute with a warm cache
	$(GO) test -short -vet=off -ldflags='-s -w' $$($(GO) list ./... | grep -vE '$(SLOW)')

# Programs that tests compare kheo with: pdftotext and LibreOffice read the documents
# that kheo quotes, Chromium opens the pages, PostgreSQL stores records.
setup-test: setup-ocr
	@scripts/need pdftotext=poppler-utils soffice=libreoffice-writer-nogui,libreoffice-calc-nogui,libreoffice-impress-nogui chromium=chromium
	@test -f /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf || scripts/need --package fonts-dejavu-core
	@ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 || scripts/need --package postgresql

year: setup-test ## a year of nights in minutes, with crashes, changes of clocks, and days on which nothing runs
	KHEO_YEAR=1 $(GO) test -count=1 -timeout 20m -run "^TestASimulatedYear$$" -v ./pipeline

test-postgres: setup-test ## the tests of the pipeline with the records in PostgreSQL, each in a database of its own
	KHEO_TEST_STORE=postgres $(GO) test -count=1 -timeout 30m ./pipeline ./pipeline/review ./pipeline/review/secretballots \
		./pipeline/handover ./pipeline/mailbox ./pipeline/intake

lint: ## gofmt, vet, staticcheck, and whether NOTICE is current
	@test -z "$$(gofmt -l .)" || { echo "not formatted:"; gofmt -l .; exit 1; }
	@scripts/notice | cmp - NOTICE || { echo "NOTICE is not current: make notice"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

notice: ## NOTICE: the licences of everything that is linked in; needed after go.mod changed
	scripts/notice >NOTICE.new && mv NOTICE.new NOTICE

bench: ## speed and memory; prints what was compared and how
	$(GO) test -run '^$$' -bench . -benchmem ./...

# Prints what recollindex and pdftotext make of the same files, for comparison.
bench-read: build setup-ocr ## accuracy and speed of reading; DIR=… a folder of PDF files
	@scripts/need pdftotext=poppler-utils recollindex=recollcmd
	@test -f /usr/share/fonts/truetype/noto/NotoSerif-Regular.ttf || scripts/need --package fonts-noto-core
	$(GO) run ./pipeline/extract/measure -ocr samples/stories/district.txt $(DIR)
	@if [ -n "$(DIR)" ]; then scripts/against-recoll $(DIR); fi

# A format whose other reader is not installed, and a collection that is not in the folder, are skipped and named.
bench-papers: build ## words and tables of public files that KHEO_PAPERS=… holds, against other readers; KHEO=… measures another kheo
	@scripts/need pdftotext=poppler-utils soffice=libreoffice-writer-nogui,libreoffice-calc-nogui,libreoffice-impress-nogui antiword=antiword xls2csv=catdoc
	$(GO) run ./pipeline/extract/measure/papers -kheo $${KHEO:-bin/kheo} $(PAPERSFLAGS) $$KHEO_PAPERS

# The figures of docs/benchmarks.md come from the targets below.
bench-rules: ## accuracy of reading, speed and memory of assessing 100,000 stored dossiers, copies among 20,000
	$(GO) test -count=1 -run '^(TestPassages|TestLabelledPassages)$$' -v ./rules | grep passages:
	$(GO) test -run '^$$' -bench '^BenchmarkCopies$$' -benchtime 1x ./index
	KHEO_DOSSIERS=$${KHEO_DOSSIERS:-100000} $(GO) test -run '^$$' -bench '^BenchmarkStored$$' -benchtime 1x -timeout 30m ./pipeline

# FACTS is a folder with clones of github.com/facebook/duckling (as duckling) and github.com/microsoft/Recognizers-Text.
bench-facts: ## how examples of public corpora are read: FACTS=folder, see docs/values.md
	KHEO_FACTS="$(FACTS)" $(GO) test -count=1 -run '^TestPublicCorpora$$' -v ./rules/value | grep -E 'corpora:|SKIP|FAIL'

# PAPERS is a folder of labelled sets, see docs/values.md.
weights: ## fits how likely values are to labelled papers: PAPERS=folder
	KHEO_WEIGHTS="$(abspath $(PAPERS))" $(GO) test -count=1 -run '^TestWeights$$' -v ./rules | grep -E 'weights:|SKIP|FAIL'

bench-evidence: ## what claims nothing, in public sets: KHEO_EVIDENCE=folder, see docs/benchmarks.md
	KHEO_EVIDENCE="$(KHEO_EVIDENCE)" $(GO) test -count=1 -run '^TestPublicSets$$' -v ./rules/claim | grep -E ' claims: (of|happ)|SKIP|FAIL'

bench-night: ## three nights over KHEO_DOSSIERS=100000: the first, with all of them in the inbox; one with nothing new; one with a hundredth changed
	KHEO_DOSSIERS=$${KHEO_DOSSIERS:-100000} $(GO) test -run '^$$' -bench '^BenchmarkNight$$' -benchtime 1x -timeout 180m ./pipeline

bench-workers: setup-test ## the sample's first run, with OCR, by one worker and by two, of one processor each
	$(GO) test -run '^$$' -bench '^BenchmarkWorkers$$' -benchtime 1x -timeout 60m ./pipeline

# Measures SQLite's FTS5 and Xapian too, on the same texts, in the same run.
bench-search: ## speed and size of the search index over DOSSIERS=100000 texts of 4.5 KB; ENGINES=kheo for it alone
	@/usr/bin/python3 -c 'import xapian' 2>/dev/null || scripts/need --package python3-xapian
	$(GO) run ./index/measure -n $${DOSSIERS:-100000} -engines $${ENGINES:-kheo,fts5,xapian}

# Starts a server of its own, with clients on loopback; KEEP=dir keeps the campaign of DOSSIERS=10000 for the next time.
bench-pages: build ## 100 people reading and voting at once on 10,000 dossiers: times, memory, no vote lost
	$(GO) run ./cmd/kheo/internal/web/measure -n $${DOSSIERS:-10000} -people $${PEOPLE:-100} -dir "$(KEEP)"

soak: setup-test ## the long checks: kills by the dozen, a year of nights, damaged files, every page in every language, and each listed defence removed in turn, whose test must fail
	KHEO_KILLS=$${KHEO_KILLS:-30} KHEO_YEAR=1 $(GO) test $(TESTFLAGS) -run '^(TestKilledRuns|TestKilledDecisions|TestKilledIndexing|TestASimulatedYear)$$' ./pipeline
	KHEO_SOAK=1 $(GO) test $(TESTFLAGS) -run '$(LONG)|^(TestSettledPairsChangeNothing|TestScansAreRead|TestPagesAreAccessible|TestADossierOnASlowLine|TestQuotesStandInTheDocuments|TestRequestsMadeFromTheDescription|TestARoundTripChangesNothing)$$' -skip '^TestKilledIndexing$$' ./pipeline ./pipeline/extract/measure ./pipeline/workbook ./index ./cmd/kheo/internal/web
	KHEO_SOAK=1 KHEO_MUTATIONS=2000 $(GO) test $(TESTFLAGS) -run '^(TestDamagedFiles|TestLargePhotosAreRead|TestNoFileTakesMoreThanItsMemory)$$' ./pipeline/extract
	KHEO_SOAK=1 $(GO) test -count=1 -timeout 60m -parallel 3 -v -run '^TestEachDefenceIsNeeded$$' ./internal/defences

mutate: ## 10,000 damaged files; none may bring kheo down
	KHEO_MUTATIONS=10000 $(GO) test -count=1 -v -run '^TestDamagedFiles$$' ./pipeline/extract

fuzz: ## a minute for each parser
	@for f in $$(grep -rlE '^func Fuzz' --include=*_test.go .); do \
	  for t in $$(grep -oE '^func Fuzz[A-Za-z]+' $$f | cut -d' ' -f2); do \
	    echo "$$t in $$(dirname $$f)"; $(GO) test -run '^$$' -fuzz "^$$t$$" -fuzztime 60s -fuzzminimizetime 5x $$(dirname $$f) || exit 1; done; done

samples: setup-samples ## makes samples/dai-loc-2024.zip again from samples/stories
	$(GO) run ./samples/generate

setup-samples:
	@scripts/need pdftotext=poppler-utils soffice=libreoffice-writer-nogui,libreoffice-calc-nogui qpdf=qpdf chromium=chromium
	@test -f /usr/share/fonts/truetype/noto/NotoSerif-Regular.ttf || scripts/need --package fonts-noto-core

package: build ## a Debian package in dist/
	scripts/package dist

clean:
	rm -rf bin dist $(DEMO)
