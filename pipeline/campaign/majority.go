package campaign

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/internal/texts"
)

// Share is an exact fraction from 0 to 1. Votes are counted with it, so 2/3 is two thirds and not 0.666…: of three
// votes, two are enough.
type Share struct{ Num, Den int64 }

// times returns the share of a whole number, exactly.
func (s Share) times(of int) *big.Rat {
	return new(big.Rat).Mul(big.NewRat(s.Num, max(1, s.Den)), big.NewRat(int64(of), 1))
}

// AtLeast returns the smallest whole number that is not below the share of a number.
func (s Share) AtLeast(of int) int {
	x := s.times(of)
	q, r := new(big.Int).QuoRem(x.Num(), x.Denom(), new(big.Int))
	if r.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	return int(q.Int64())
}

// MoreThan returns the smallest whole number that is above the share of a number.
func (s Share) MoreThan(of int) int {
	x := s.times(of)
	return int(new(big.Int).Quo(x.Num(), x.Denom()).Int64()) + 1
}

// whole reports whether the share is 1.
func (s Share) whole() bool { return s.Num == s.Den }

// In formats the share in a language: as a fraction if the denominator is a single digit that percentages do not
// express exactly (2/3, 1/7), otherwise as a percentage (50%).
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

// Base is the number of which a majority is a share, as kheo.yaml writes it.
type Base string

// The bases that kheo.yaml can name. Members who are recused from an entry count in none of the first three: they have
// no vote on it, so a decision must not wait for them.
const (
	VotesCast Base = "votes cast"    // votes for and against, and abstentions if Procedure.Abstain
	Present   Base = "those present" // members with a vote: present at the last recorded meeting, or having voted
	Members   Base = "all members"   // members with a vote, present or not

	// Committee is everybody with a vote on any entry. It is the one base in which members who are recused from an
	// entry count, as if they had not voted for it.
	Committee Base = "the whole committee"
)

// Majority says how many votes for an entry are enough to recognise it.
type Majority struct {
	Share Share
	Exact bool // the share itself is enough ("at least"); otherwise more is needed ("more than")
	Base  Base
	Plain bool // written as a share alone; Procedure.Tie then applies to equal votes whatever the share is

	Votes int `json:",omitempty"` // so many votes are enough, of whatever base; 0 if the share counts
}

// Need returns the number of votes for that are enough when the base is of, at least 1.
func (m Majority) Need(of int) int {
	if m.Votes > 0 {
		return m.Votes
	}
	if m.Exact {
		return max(1, m.Share.AtLeast(of))
	}
	return m.Share.MoreThan(of)
}

// In puts the rule into words, as they continue the sentence "the votes for are …". abstentions is
// Procedure.Abstain.
func (m Majority) In(lang string, abstentions bool) string {
	if m.Votes > 0 {
		return words.In(lang, "at-least") + " " + strconv.Itoa(m.Votes)
	}
	how, base := "more-than", strings.ReplaceAll(string(m.Base), " ", "-")
	if m.Exact {
		how = "at-least"
	}
	if m.Base == VotesCast && abstentions {
		base = "with-abstentions"
	}
	return words.In(lang, how) + " " + m.Share.In(lang) + " " + words.In(lang, base)
}

// words are the texts of the majority rule.
const words texts.Section = "majority"

// majorityRE matches a majority that is written as a sentence: its comparison, share and base.
var majorityRE = regexp.MustCompile(`^(?i)(at least|more than)\s+(.+?)` +
	`(?:\s+of\s+(?:the\s+)?(votes cast|those present|all members|whole committee))?$`)

// votesRE matches a majority that is a number of votes.
var votesRE = regexp.MustCompile(`^(?i)(?:at least )?(\d{1,5}) votes$`)

// majority reads a majority: a share alone, which the votes for must exceed, or a sentence such as "at least 80% of
// all members". A rule that every entry meets, or none, is a mistake.
func majority(n *strict.Node) Majority {
	text, _ := n.Plain()
	if votes := votesRE.FindStringSubmatch(strings.Join(strings.Fields(text), " ")); votes != nil {
		count, _ := strconv.Atoi(votes[1])
		if count < 1 || count > maxMembers {
			n.Fail(fmt.Sprintf("majority: %d is not a number of votes", count), "write it as: at least 7 votes")
		}
		return Majority{Share: Share{1, 1}, Exact: true, Base: VotesCast, Votes: max(1, count)}
	}
	found := majorityRE.FindStringSubmatch(strings.Join(strings.Fields(text), " "))
	if found == nil {
		return plainMajority(n, text)
	}
	m := Majority{Exact: strings.EqualFold(found[1], "at least"), Base: VotesCast}
	if found[3] != "" {
		m.Base = Base(strings.ToLower(found[3]))
		if m.Base == "whole committee" {
			m.Base = Committee
		}
	}
	var ok bool
	switch m.Share, ok = readShare(found[2]); {
	case !ok:
		n.Fail(fmt.Sprintf("majority: %q is not a share", found[2]),
			"write it as 2/3, 50% or 0.5; of votes cast, of those present, of all members or of the whole committee may "+
				"follow")
	case m.Exact && m.Share.Num == 0:
		n.Fail("majority: at least nothing passes every entry", "write a share above 0")
	case !m.Exact && m.Share.whole():
		n.Fail("majority: more than all can never be reached", "write: at least 100%")
	}
	return m
}

// plainMajority reads a majority that is a share alone.
func plainMajority(n *strict.Node, text string) Majority {
	const cure = "write it as 50%, or as a sentence: at least 80% of all members, more than 1/2 of votes cast, " +
		"more than 1/2 of those present"
	m := Majority{Base: VotesCast, Plain: true}
	var ok bool
	switch m.Share, ok = readShare(text); {
	case !ok:
		n.Fail(fmt.Sprintf("majority: %q is not a share", text), cure)
	case m.Share.Num == 0:
		n.Fail("majority: with a share of 0 a single vote for passes, whatever the votes against", cure)
	}
	m.Exact = m.Share.whole() // more than 100% is meant as 100%
	return m
}

// shareRE matches a fraction, a percentage or a decimal number.
var shareRE = regexp.MustCompile(`^\d{1,9}(\.\d{1,12})?( ?/ ?\d{1,9}(\.\d{1,3})?| ?%)?$`)

// readShare reads a share from 0 to 1: 2/3, 50%, 66.7% or 0.5. If it is not valid, it returns 1 and false.
func readShare(text string) (Share, bool) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, ".") {
		text = "0" + text
	}
	if !shareRE.MatchString(text) { // also bounds the digits, so that the fraction fits into int64
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

// readShareOf reads a share, and reports a mistake of the key what if it is not valid.
func readShareOf(n *strict.Node, what string) Share {
	text, _ := n.Plain()
	s, ok := readShare(text)
	if !ok {
		n.Fail(fmt.Sprintf("%s: %q is not a share", what, text), "write it as 2/3, 50% or 0.5")
	}
	return s
}
