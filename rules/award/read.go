package award

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/grammar"
	"kheo/internal/strict"
	"kheo/rules/condition"
	"kheo/rules/number"
)

// Reader reads awards with what the ruleset around them has. Mistakes are reported at their places.
type Reader struct {
	// Condition compiles a condition as in bands; what names it in messages, and a second condition that must
	// hold too may be "".
	Condition func(n *strict.Node, text, what string) *condition.Condition
	Text      func(n *strict.Node, what string) dossier.Text
	ID        func(n *strict.Node, what string) string
	Groups    func(per string) []string // the ids that a limit may be counted for
}

// Ranks reads the ranks of a ruleset, in their order.
func (r Reader) Ranks(list []*strict.Node) (out []Award) {
	for _, n := range list {
		m := RankGrammar.Read(n)
		a := r.begin(m, "rank")
		a.Outcome = dossier.Outcome(m.Word("outcome"))
		a.Stop = m.Word("over") == "none"
		if v := m.Get("most"); v != nil {
			a.Limit = ReadLimit(v, m.Map)
		}
		if v := m.Get("require"); v != nil {
			a.Require = r.Condition(v, v.String("require"), "the rank "+a.ID)
		}
		out = append(out, a)
	}
	r.check(list, out, "ranks")
	return out
}

// Places reads the places of a ruleset, in their order. common is the condition that all of them ask for beside
// their own, nil if there is none.
func (r Reader) Places(list []*strict.Node, common *strict.Node) (out []Award) {
	for _, n := range list {
		m := PlaceGrammar.Read(n)
		a := r.begin(m, "place")
		a.Outcome = dossier.Recommended
		a.Limit.Most = int(m.Number("number"))
		what := "the place " + a.ID
		switch own := m.Get("require"); {
		case own != nil && common != nil:
			// Mistakes in the common part are reported where bands are read, so the place is that of its own part.
			if r.Condition(own, own.String("require"), what) != nil {
				a.Require = r.Condition(own, both(own.String("require"), common.String("a band")), what)
			}
		case own != nil:
			a.Require = r.Condition(own, own.String("require"), what)
		case common != nil:
			a.Require = r.Condition(common, common.String("a band"), what)
		default:
			n.Fail(fmt.Sprintf("nothing says who can get the place %s", a.ID),
				"add  require: total >= 60,  or bands with  recommended: …  for all places")
		}
		out = append(out, a)
	}
	r.check(list, out, "places")
	return out
}

// begin reads what ranks and places share.
func (r Reader) begin(m *grammar.Map, what string) Award {
	a := Award{ID: r.ID(m.Get("id"), "the id of a "+what), Title: r.Text(m.Get("title"), "title"), Per: m.Word("per"),
		Ties: Ties(m.Word("ties"))}
	if v := m.Get("amount"); v != nil {
		a.Prize = ReadMoney(v, "amount")
		if a.Ties == Share && m.Get("when_shared") == nil {
			v.Fail(fmt.Sprintf("the %s %s may be shared, and nothing says whether its amount is too", what, a.ID),
				"add  when_shared: split,  or  when_shared: each  if each has the whole amount")
		}
	}
	a.Split = m.Word("when_shared") == "split"
	return a
}

// check reports awards of one name, and more than can be held.
func (r Reader) check(list []*strict.Node, awards []Award, key string) {
	if len(awards) > MaxEach {
		list[0].Fail(fmt.Sprintf("there are %d %s, and at most %d can be given", len(awards), key, MaxEach),
			"join some of them")
	}
	for i, a := range awards {
		same := func(b Award) bool { return b.ID == a.ID && a.ID != "" }
		if slices.ContainsFunc(awards[:i], same) {
			list[i].Fail(fmt.Sprintf("two %s have the id %q", key, a.ID), "give each its own")
		}
	}
}

// Limited is what ReadLimit asks of a mapping.
type Limited interface{ Get(key string) *strict.Node }

// ReadLimit reads most: a number or a share, with share_of and round beside it. A share must be written with a
// percent sign, so that 0.5 is not mistaken for one.
func ReadLimit(most *strict.Node, beside Limited) (l Limit) {
	text, _ := most.Plain()
	share := strings.HasSuffix(strings.TrimSpace(text), "%")
	switch f, ok := most.NumberOK("most"); {
	case !ok:
	case share && f > 0 && f <= 1:
		l.Share = f
	case f < 1 || f != math.Trunc(f) || share:
		most.Fail("most must be a whole number from 1, or a share of those registered",
			"write most: 3 or most: 20%; leave the quota out if there is no limit")
	default:
		l.Most = int(f)
	}
	for _, key := range []string{"share_of", "round"} {
		if n := beside.Get(key); n != nil && !share {
			n.Fail(key+" is about a share, and most is a number", "write most: 20%, or take "+key+" out")
		}
	}
	if n := beside.Get("share_of"); n != nil {
		l.Eligible = n.OneOf("share_of", ShareOfKey.Value.Words...) == "eligible"
	}
	if n := beside.Get("round"); n != nil {
		l.Round = Rounding(n.OneOf("round", RoundKey.Value.Words...))
	}
	return l
}

// moneyForm is an amount as rulesets write it.
var moneyForm = regexp.MustCompile(`^([0-9][0-9 _]*(?:\.[0-9]{1,2})?)\s*([A-Z]{3})$`)

// MaxAmount is the greatest amount that a ruleset may name: sums of it stay exact.
const MaxAmount = 1e15

// ReadMoney reads an amount with its currency.
func ReadMoney(n *strict.Node, what string) Money {
	text := strings.TrimSpace(n.String(what))
	m := moneyForm.FindStringSubmatch(text)
	if m == nil {
		n.Fail(fmt.Sprintf("%s must be an amount with its currency, and is %q", what, text),
			"write it like 300000 EUR, with spaces or _ between the digits and a point before cents if there are any")
		return Money{}
	}
	f, err := strconv.ParseFloat(strings.NewReplacer(" ", "", "_", "").Replace(m[1]), 64)
	if err != nil || f <= 0 || f > MaxAmount {
		n.Fail(what+" must be above 0 and at most 1,000,000,000,000,000", "write it like 300000 EUR")
		return Money{}
	}
	if !number.IsCurrency(m[2]) {
		n.Fail(fmt.Sprintf("%q is not a currency that kheo knows", m[2]), "write its ISO code, such as EUR, NOK or VND")
	}
	return Money{f, m[2]}
}

// Asks is what Budget asks of facts: the currency of one that can be asked for, ok if it can.
type Asks func(fact string) (currency string, ok bool)

// Shares is what Budget asks of what a total may be shared by: whether it can be.
type Shares func(name string) (ok bool)

// Budget reads a budget. names are those of the facts that can state an amount, which cures list.
func (r Reader) Budget(n *strict.Node, asks Asks, names []string, shares Shares) *Budget {
	m := BudgetGrammar.Read(n)
	b := &Budget{Ask: m.Text("ask"), ShareBy: m.Text("share_by"), RoundTo: m.Number("round_to"), Per: m.Word("per"),
		Stop: m.Word("then") == "stop", ByOrder: m.Word("ties") == string(ByOrder), Reserve: -1,
		titles: map[string]dossier.Text{}}
	if v := m.Get("total"); v != nil {
		b.Total = ReadMoney(v, "total")
	}
	if v := m.Get("ask"); v != nil {
		currency, ok := asks(b.Ask)
		switch {
		case !ok:
			v.Fail(fmt.Sprintf("the budget asks %q, which is not a fact with an amount", b.Ask),
				"name a fact of type money; there are: "+strings.Join(names, ", "))
		case currency != "" && b.Total.Currency != "" && currency != b.Total.Currency:
			v.Fail(fmt.Sprintf("the budget is in %s and %s is in %s", b.Total.Currency, b.Ask, currency),
				"write both in one currency; kheo.yaml may have the rates by which papers are converted")
		}
	}
	checkSharing(m)
	if v := m.Get("share_by"); v != nil && !shares(b.ShareBy) {
		v.Fail(fmt.Sprintf("the budget is shared by %q, which is neither the total, a criterion, a group nor a fact "+
			"that is a number", b.ShareBy), "write total, the id of a criterion, or a fact such as  members")
	}
	r.pots(m, b)
	if v := m.Get("partial"); v != nil {
		b.Partial = partialGrammar.Read(v).Number("from")
	}
	if v, ok := m.NumberOK("reserve"); ok {
		b.Reserve = int(v)
	}
	if v := m.Get("titles"); v != nil {
		t := titlesGrammar.Read(v)
		for _, id := range []string{Funded, InPart, OnHold} {
			if title := t.Get(id); title != nil {
				b.titles[id] = r.Text(title, "title")
			}
		}
	}
	return b
}

// checkSharing reports keys of a budget that do not go together.
func checkSharing(m *grammar.Map) {
	if m.Get("share_by") == nil {
		m.Map.Need("ask", "the budget", "requested,  or  share_by: members  to share it among all")
		if v := m.Get("round_to"); v != nil {
			v.Fail("round_to is about a budget that is shared, and this one is given in order",
				"add  share_by: members,  or take round_to out")
		}
		return
	}
	for _, key := range []string{"partial", "then", "ties", "reserve"} {
		if v := m.Get(key); v != nil {
			v.Fail(key+" is about a budget that is given in order, and share_by gives something to all",
				"take "+key+" out, or share_by")
		}
	}
}

// pots reads the totals that differ from the common one.
func (r Reader) pots(m *grammar.Map, b *Budget) {
	n := m.Get("pots")
	if n == nil {
		return
	}
	b.Pots = map[string]float64{}
	if b.Per == "all" {
		n.Fail("pots are of units, fields or the like, and the budget has one pot", "add  per: field")
		return
	}
	pots := n.Map("pots", r.Groups(b.Per)...)
	for _, id := range pots.Keys {
		if v := pots.Get(id); v != nil {
			f, ok := v.NumberOK("the pot of " + id)
			if ok && (f < 0 || f > MaxAmount) {
				v.Fail("a pot must be from 0 to 1,000,000,000,000,000",
					"write an amount without its currency, such as 120000")
			}
			b.Pots[id] = f
		}
	}
}

// joinsLooser finds what binds less than "and" in a condition.
var joinsLooser = regexp.MustCompile(`\bor\b|\|\||\?`)

// inBrackets writes a condition so that it can be joined with another by "and": in brackets, if it needs them.
func inBrackets(condition string) string {
	if joinsLooser.MatchString(condition) {
		return "(" + condition + ")"
	}
	return condition
}

// totalOnly is a condition that asks for a total alone.
var totalOnly = regexp.MustCompile(`^total\s*>=\s*([0-9]+(?:\.[0-9]+)?)$`)

// both joins two conditions that must hold together. Of two that ask for a total alone it is the one that asks for
// more, so that reasons name one limit.
func both(a, b string) string {
	x, y := totalOnly.FindStringSubmatch(strings.TrimSpace(a)), totalOnly.FindStringSubmatch(strings.TrimSpace(b))
	if x == nil || y == nil {
		return inBrackets(a) + " and " + inBrackets(b)
	}
	m, _ := strconv.ParseFloat(x[1], 64) // the expressions let numbers through only
	n, _ := strconv.ParseFloat(y[1], 64)
	if m >= n {
		return a
	}
	return b
}
