package campaign

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kheo/internal/strict"
)

// Attendance says what a quorum asks for beyond its share. The zero value asks that the members who make up the share
// have voted.
type Attendance struct {
	More    bool `json:",omitempty"` // more than the share is needed; otherwise the share is enough
	Members int  `json:",omitempty"` // so many members are needed, whatever share they are; 0 if a share counts
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
