package campaign

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

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

	Votes int `json:",omitempty"` // votes that are enough, of whatever base; 0 if the share counts
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
			"write it as 2/3, 50% or 0.5; of votes cast, of those present, of all members or of the whole committee "+
				"may "+
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

// Attendance says what a quorum asks for beyond its share. The zero value asks that the members who make up the share
// have voted.
type Attendance struct {
	More    bool `json:",omitempty"` // more than the share is needed; otherwise the share is enough
	Members int  `json:",omitempty"` // members needed, whatever share they are; 0 if a share counts
	Present bool `json:",omitempty"` // who is present counts, also without a vote
	Chair   bool `json:",omitempty"` // the chair must be among them
}

// QuorumOf returns how many of the members with a vote on an entry make up a quorum, at least 1.
func (p Procedure) QuorumOf(members int) int {
	switch a := p.Attendance; {
	case a.Members > 0:
		return a.Members
	case a.More:
		return p.Quorum.MoreThan(members)
	}
	return max(1, p.Quorum.AtLeast(members))
}

// QuorumIn puts the quorum into words, as they continue the sentence "needed are …".
func (p Procedure) QuorumIn(lang string) string {
	a := p.Attendance
	out := words.In(lang, "at-least") + " "
	switch {
	case a.Members > 0:
		out += strconv.Itoa(a.Members) + " " + words.In(lang, "quorum-members")
	case a.More:
		out = words.In(lang, "more-than") + " " + p.Quorum.In(lang) + " " + words.In(lang, "all-members")
	default:
		out += p.Quorum.In(lang) + " " + words.In(lang, "all-members")
	}
	if a.Present {
		out += words.In(lang, "quorum-present")
	} else {
		out += words.In(lang, "quorum-voted")
	}
	if a.Chair {
		out += words.In(lang, "quorum-chair")
	}
	return out
}

// quorumRE matches a quorum: a comparison, a share or a number of members, whether they must be present or have voted,
// and whether the chair must be among them.
var quorumRE = regexp.MustCompile(`^(?i)(at least |more than )?(.+?)( members)?(?: of (?:the |all )*members)?` +
	`( present| having voted)?(?:,? (with the chair))?$`)

// maxMembers bounds a quorum or majority that is a number.
const maxMembers = 10_000

// quorum reads a quorum: a share, which is enough, or a sentence such as "at least 2/3 present, with the chair",
// "more than 1/2 present" or "7 members".
func (p *Procedure) quorum(n *strict.Node) {
	text, _ := n.Plain()
	found := quorumRE.FindStringSubmatch(strings.Join(strings.Fields(text), " "))
	p.Attendance = Attendance{}
	if found == nil {
		p.Quorum = readShareOf(n, "quorum")
		return
	}
	has := func(i int, word string) bool { return strings.EqualFold(strings.TrimSpace(found[i]), word) }
	p.Attendance = Attendance{More: has(1, "more than"), Present: has(4, "present"), Chair: found[5] != ""}
	if found[3] != "" {
		count, err := strconv.Atoi(found[2])
		if err != nil || count < 1 || count > maxMembers {
			n.Fail(fmt.Sprintf("quorum: %q is not a number of members", found[2]), "write it as: 7 members")
			return
		}
		if p.Attendance.More {
			count++
		}
		p.Attendance.Members, p.Attendance.More = count, false
		return
	}
	var ok bool
	switch p.Quorum, ok = readShare(found[2]); {
	case !ok:
		n.Fail(fmt.Sprintf("quorum: %q is not a share", found[2]),
			"write it as 2/3, 50% or 0.5, or as a sentence: more than 1/2 present, 7 members, at least 2/3 present, "+
				"with the chair")
	case p.Attendance.More && p.Quorum.whole():
		n.Fail("quorum: more than all can never be reached", "write: 100%")
	}
}

// AbsentRules are the values of absent: members who are not present may vote as others do, may not vote, or vote in
// writing until a time.
var AbsentRules = []string{"may-vote", "may-not-vote", "in-writing"}

// Values of Procedure.Absent; "" is that they may vote.
const (
	AbsentMayNotVote = "may-not-vote"
	AbsentInWriting  = "in-writing"
)

// readAbsent reads what members who are not present may do.
func (p *Procedure) readAbsent(absent, until *strict.Node, in *time.Location) {
	if absent != nil {
		if p.Absent = absent.OneOf("absent", AbsentRules...); p.Absent == AbsentRules[0] {
			p.Absent = ""
		}
		if p.Absent != AbsentInWriting {
			p.WrittenUntil = ""
		}
	}
	switch {
	case until != nil && p.Absent != AbsentInWriting:
		until.Fail("written_until: nobody votes in writing", "write absent: in-writing beside it")
	case until != nil:
		if t := readMoment(until, "written_until", in); !t.IsZero() {
			p.WrittenUntil = t.UTC().Format(time.RFC3339)
		}
	case p.Absent == AbsentInWriting && p.WrittenUntil == "":
		absent.Fail("absent: votes in writing need a last day", "write written_until: 2024-12-10 beside it")
	}
}

// readMoment reads a day, whose end is meant, or a day with a time, in a timezone; the zero time after a mistake.
func readMoment(n *strict.Node, what string, in *time.Location) time.Time {
	if in == nil {
		in = time.UTC
	}
	text, _ := n.Plain()
	text = strings.TrimSpace(text)
	if t, err := time.ParseInLocation(time.DateOnly, text, in); err == nil {
		return t.AddDate(0, 0, 1)
	}
	for _, form := range []string{"2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(form, text, in); err == nil {
			return t
		}
	}
	n.Fail(fmt.Sprintf("%s: %q is not a day", what, text),
		"write 2024-12-10, or with a time: 2024-12-10 17:00, both in the timezone of the campaign")
	return time.Time{}
}
