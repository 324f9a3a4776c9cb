package factreader

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/number"
	"kheo/rules/phrase"
	"kheo/rules/table"
	"kheo/rules/value"
)

// maxSaidBehind is how many words behind a label may say whose a number before it is.
const maxSaidBehind = 5

// maxAhead is how many words before a label a number directly before it may begin.
const maxAhead = 10

// aheadOf reads the quantity right before a label in a sentence: "114 volunteer hours", "70 per cent completed the
// course", "€10,700 in donations". Of a count the label must name what is counted.
func (r sentenceReader) aheadOf(h phrase.Hit, l *language.Language) (v value.Value, ok bool) {
	s := r.Sentences[r.Words[h.First].Sentence]
	end := h.First
	switch r.Reads.Type {
	case value.Count:
		if !r.countsIn(*h.Phrase) && !isCompound(r.Fact, *h.Phrase) {
			return besideLabel(r, h, l)
		}
	case value.Percent:
		end = beforeAuxiliary(r, h.First)
		for end == h.First || end > s.First+1 && h.First-end < maxAuxiliary {
			if end <= s.First+1 || !slices.Contains(language.HeaderWords().Told().OfShare, r.Words[end-1].Text) {
				break
			}
			end--
		}
	case value.Money:
		if end = beforeAuxiliary(r, h.First); end == h.First && !isAmountOf(r, h, l, s.First) {
			return v, false
		} else if end == h.First && slices.Contains(language.HeaderWords().Told().AmountOf, r.Words[end-1].Text) {
			end--
		}
	default:
		return v, false
	}
	at := max(s.First, end-maxAhead)
	for ; at < end; at++ {
		if r.Words[at].Clause != r.Words[h.First].Clause && !r.Words[at].Number || table.Year(r.Page, at) > 0 {
			continue
		}
		v, ok = r.Reads.At(r.Page, l, at, end, r.Reads.Type == value.Count)
		if n, adjective := r.Reads.At(r.Page, l, at, h.Last, false); !ok && adjective && r.Reads.Type == value.Count &&
			r.Words[at].Number &&
			// "122 active users"
			n.Last > h.First && n.Last <= h.Last && r.Words[at].Clause == r.Words[h.First].Clause {
			v, ok = n, true
			break
		}
		if ok && r.Words[end-1].Clause == r.Words[h.First].Clause && at < end && endsAt(r, l, v.Last, end) {
			break
		}
		ok = false
	}
	if !ok {
		return v, false
	}
	said, all, index := r.saidAt(at)
	if said != nil && r.isOther(said) {
		return r.stated(all, index)
	}
	dated := said != nil && said.From > 0
	if _, to := r.Claims.Clause(h.First, h.Last); table.Says(r.Page, h.Last,
		min(to, h.Last+maxSaidBehind)).Has(table.Other) {
		return value.Value{}, false // "1,400 singers from all over the country"
	}
	laid := at >= s.First+2 && r.Words[at-2].Text == "lagt" && r.Words[at-1].Text == "ned" // hours, not a school
	if laid && r.isPlanned(at) || !dated && r.ofOthers(h.First) || !laid && r.isRefuted(at, h.Last, at) ||
		r.disclaimed(s.First+1, at, v.Last) && !dated || r.isPart(at, at) ||
		!dated && r.isEarlier(at, at, h.Last) || r.isForEach(at, at, h.Last, h.Last) ||
		!laid && r.isRefused(at, at, at, v.Last) ||
		r.isWhole(at, v.Last, s.Last) {
		return value.Value{}, false
	}
	plain, bare := r.isPlain(h.Phrase)
	askAside(r, &v, at, max(v.Last, h.Last), plain, bare)
	askNamed(r, &v, at)
	return v, true
}

// isAmountOf reports whether an amount right before a label is of it: "10 700 euros in donations", "a 5,000 euro
// grant". In Vietnamese, what follows an amount says what it was for.
func isAmountOf(r sentenceReader, h phrase.Hit, l *language.Language, first int) bool {
	k := h.First - 1
	if k < first || r.Words[k].Clause != r.Words[h.First].Clause {
		return false
	}
	return l.Code != "vi" || slices.Contains(language.HeaderWords().Told().AmountOf, r.Words[k].Text)
}

// endsAt reports whether a quantity that ends before word last goes on to word end: it is a part, and its whole is all
// that is between.
func endsAt(r sentenceReader, l *language.Language, last, end int) bool {
	if last == end {
		return true
	}
	if last >= end {
		return false
	}
	if strings.TrimSpace(r.Gap(last-1)) == "/" {
		whole, ok := number.At(r.Page, l, last, end)
		return ok && whole.Last == end
	}
	after, ok := number.WholeAt(r.Page, l, last, end)
	return ok && after == end
}

// beforeAuxiliary is the word behind which a quantity before a label at word first ends: "64 percent is locally
// sourced".
func beforeAuxiliary(r sentenceReader, first int) int {
	s := r.Sentences[r.Words[first].Sentence]
	end := first
	for end > s.First+1 && first-end < maxAuxiliary && r.Words[end-1].Clause == r.Words[first].Clause &&
		slices.Contains(language.HeaderWords().Auxiliaries(), r.Words[end-1].Text) {
		end--
	}
	return end
}

// besideLabel reads the count before a label that does not say what is counted: with its unit right before it ("318
// tonn mat reddet"), or bare before an auxiliary where the sentence has named the unit ("Of 150 items, 117 were
// repaired").
func besideLabel(r sentenceReader, h phrase.Hit, l *language.Language) (v value.Value, ok bool) {
	s, end := r.Sentences[r.Words[h.First].Sentence], beforeAuxiliary(r, h.First)
	for at := max(s.First, end-maxUnitReach); at < end; at++ {
		if r.Words[at].Clause != r.Words[h.First].Clause || table.Year(r.Page, at) > 0 {
			continue
		}
		if v, ok = r.Reads.At(r.Page, l, at, end, false); !ok && end < h.First && at+1 == end && r.Words[at].Number {
			named := slices.ContainsFunc(r.Words[s.First:at], func(w text.Word) bool {
				return slices.ContainsFunc(r.Reads.Units, func(u phrase.Phrase) bool {
					return len(u.Words) == 1 &&
						u.Words[0] == w.Text
				})
			})
			of := slices.Contains(l.WholeLinks, r.Words[s.First].Text) // "Of 640 objects, 455 were repaired"
			if v, ok = r.Reads.At(r.Page, l, at, end, true); !named && !of {
				ok = false
			}
		}
		if !ok || v.Last != end {
			continue
		}
		said, _, _ := r.saidAt(at)
		return v, !(said != nil && r.isOther(said)) && !r.ofOthers(h.First) && !r.isRefuted(at, h.Last, at) &&
			!r.disclaimed(s.First+1, at, v.Last) && !r.isEarlier(at, at, h.Last) &&
			!r.isForEach(at, at, h.Last, h.Last) &&
			!r.isRefused(at, at, at, v.Last) && !number.IsWhole(r.Page, l, at)
	}
	return v, false
}
