package campaign

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/internal/texts"
)

// Share is an exact part of a whole: 2/3 is two thirds, and not 0.666….
type Share struct{ Num, Den int64 }

func (s Share) times(of int) *big.Rat {
	return new(big.Rat).Mul(big.NewRat(s.Num, max(1, s.Den)), big.NewRat(int64(of), 1))
}

// AtLeast is the smallest number that is the share of a whole, or more.
func (s Share) AtLeast(of int) int {
	x := s.times(of)
	q, r := new(big.Int).QuoRem(x.Num(), x.Denom(), new(big.Int))
	if r.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	return int(q.Int64())
}

// MoreThan is the smallest number that is more than the share of a whole.
func (s Share) MoreThan(of int) int {
	x := s.times(of)
	return int(new(big.Int).Quo(x.Num(), x.Denom()).Int64()) + 1
}

// whole reports whether the share is all of it.
func (s Share) whole() bool { return s.Num == s.Den }

// In writes the share in a language: as a fraction if that is short, else in per cent.
func (s Share) In(lang string) string {
	if s.Den > 1 && s.Den <= 9 && s.Den != 2 && s.Den != 4 && s.Den != 5 {
		return fmt.Sprintf("%d/%d", s.Num, s.Den)
	}
	text := new(big.Rat).Mul(big.NewRat(s.Num, max(1, s.Den)), big.NewRat(100, 1)).FloatString(10)
	text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	if l := language.Get(lang); l != nil && lang != "en" {
		text = strings.Replace(text, ".", ",", 1)
	}
	if lang == "nb" {
		return text + "\u00a0%"
	}
	return text + "%"
}

// Base is that of which a majority is a share.
type Base string

// Bases. Members who are recused on an entry belong to none of them: they have no vote on
// it, so it does not wait for them.
const (
	VotesCast Base = "votes cast"    // for and against, and abstentions where Procedure.Abstain says so
	Present   Base = "those present" // with a vote: as recorded at the last meeting, and all who have voted
	Members   Base = "all members"   // who have a vote, present or not
)

// Majority is how many votes for an entry are enough.
type Majority struct {
	Share Share
	Exact bool // the share itself is enough; else it takes more than that
	Base  Base
	Plain bool // written as a share alone: the rule for equal votes then holds whatever the share
}

// Need returns how many votes for are enough if the base has the given number: at least one.
func (m Majority) Need(of int) int {
	if m.Exact {
		return max(1, m.Share.AtLeast(of))
	}
	return m.Share.MoreThan(of)
}

// In says the rule in a language, as it follows on "the votes for are …".
func (m Majority) In(lang string, abstentions bool) string {
	how, base := "more-than", strings.ReplaceAll(string(m.Base), " ", "-")
	if m.Exact {
		how = "at-least"
	}
	if m.Base == VotesCast && abstentions {
		base = "with-abstentions"
	}
	return words.In(lang, how) + " " + m.Share.In(lang) + " " + words.In(lang, base)
}

// words are the texts of the rule for votes.
const words texts.Section = "majority"

var majorityRE = regexp.MustCompile(`^(?i)(at least|more than)\s+(.+?)(?:\s+of\s+(?:the\s+)?(votes cast|those present|all members))?$`)

// majority reads a majority: a share alone, which the votes for must exceed, or a sentence such
// as "at least 80% of all members".
func majority(n *strict.Node) Majority {
	text, _ := n.Plain()
	found := majorityRE.FindStringSubmatch(strings.Join(strings.Fields(text), " "))
	if found == nil {
		m := Majority{Base: VotesCast, Plain: true}
		const cure = "write it as 50%, or as a sentence: at least 80% of all members, more than 1/2 of votes cast, more than 1/2 of those present"
		var ok bool
		if m.Share, ok = readShare(text); !ok {
			n.Fail(fmt.Sprintf("majority: %q is not a share", text), cure)
		}
		if ok && m.Share.Num == 0 {
			n.Fail("majority: with a share of nothing a single vote for passes, whatever the votes against", cure)
		}
		m.Exact = m.Share.whole() // more than all is meant as all
		return m
	}
	m := Majority{Exact: strings.EqualFold(found[1], "at least"), Base: VotesCast}
	if found[3] != "" {
		m.Base = Base(strings.ToLower(found[3]))
	}
	var ok bool
	switch m.Share, ok = readShare(found[2]); {
	case !ok:
		n.Fail(fmt.Sprintf("majority: %q is not a share", found[2]),
			"write it as 2/3, 50% or 0.5; of votes cast, of those present or of all members may follow")
	case m.Exact && m.Share.Num == 0:
		n.Fail("majority: at least nothing lets every entry pass", "write a share above 0")
	case !m.Exact && m.Share.whole():
		n.Fail("majority: more than all can never be reached", "write: at least 100%")
	}
	return m
}

var shareRE = regexp.MustCompile(`^\d{1,9}(\.\d{1,12})?( ?/ ?\d{1,9}(\.\d{1,3})?| ?%)?$`)

// readShare reads 2/3, 50%, 66.7% or 0.5, from 0 to 1.
func readShare(text string) (Share, bool) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, ".") {
		text = "0" + text
	}
	if !shareRE.MatchString(text) {
		return Share{1, 1}, false
	}
	num, den, fraction := strings.Cut(strings.TrimSuffix(text, "%"), "/")
	x, ok := new(big.Rat).SetString(strings.TrimSpace(num))
	if ok && fraction {
		var y *big.Rat
		if y, ok = new(big.Rat).SetString(strings.TrimSpace(den)); ok && y.Sign() > 0 {
			x.Quo(x, y)
		} else {
			ok = false
		}
	}
	if ok && strings.HasSuffix(text, "%") {
		x.Quo(x, big.NewRat(100, 1))
	}
	if !ok || x.Cmp(big.NewRat(1, 1)) > 0 || !x.Num().IsInt64() || !x.Denom().IsInt64() {
		return Share{1, 1}, false
	}
	return Share{x.Num().Int64(), x.Denom().Int64()}, true
}

// readShareOf reads a share and reports one that is not valid.
func readShareOf(n *strict.Node, what string) Share {
	text, _ := n.Plain()
	s, ok := readShare(text)
	if !ok {
		n.Fail(fmt.Sprintf("%s: %q is not a share", what, text), "write it as 2/3, 50% or 0.5")
	}
	return s
}
