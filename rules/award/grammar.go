package award

import (
	"kheo/internal/dossier"
	"kheo/internal/grammar"
	"kheo/internal/texts"
)

// words are the texts of awards.
const words texts.Section = "awards"

// pers are what limits are counted for.
var pers = []string{"unit", "unit_kind", "field", "level", "kind", "all"}

// outcomes are those that a rank can mean.
var outcomes = []string{string(dossier.Recommended), string(dossier.NotRecommended)}

// word is a value that is one of some words.
func word(words ...string) grammar.Value { return grammar.Value{Form: grammar.Word, Words: words} }

// Keys that ranks, places and quotas share.
var (
	TiesKey = grammar.Key{Name: "ties", Value: word(string(ToPeople), string(Share), string(AllOut), string(ByOrder)),
		Default: string(ToPeople), Example: "share",
		Doc: "if equal dossiers are on both sides of the limit: people decide, all of them share it beyond the limit, " +
			"all of them are out, or the order of the list decides by the dossier's id"}
	ShareOfKey = grammar.Key{Name: "share_of", Value: word("registered", "eligible"), Default: "registered",
		Example: "eligible", Doc: "what a share is of: all dossiers of the list, or those that are eligible"}
	RoundKey = grammar.Key{Name: "round", Value: word(string(Down), string(Up), string(HalfUp)), Default: string(Down),
		Example: "half-up", Doc: "how a share becomes a number of dossiers"}
)

// Keys that ranks and places share.
var (
	idKey = grammar.Key{Name: "id", Value: grammar.Value{Form: grammar.ID}, Required: true, Example: "excellent",
		Doc: "its name in lists for programs"}
	titleKey = grammar.Key{Name: "title", Value: grammar.Value{Form: grammar.Title}, Required: true,
		Example: "{ en: Excellent }", Doc: "its title on lists and papers"}
	amountKey = grammar.Key{Name: "amount", Value: grammar.Value{Form: grammar.Text}, Example: "15000 NOK",
		Doc: "the money that goes with it"}
	sharedKey = grammar.Key{Name: "when_shared", Value: word("each", "split"), Example: "split",
		Doc: "whether each of those that share it by `ties: share` has the whole amount, or they split it"}
	sharedRules = []grammar.Rule{
		{Key: "when_shared", AnyOf: []string{"amount"}, Doc: "`when_shared` needs `amount`"},
	}
)

// perKey says what a limit is counted for.
func perKey(of string) grammar.Key {
	return grammar.Key{Name: "per", Value: word(pers...), Default: "all", Example: "field",
		Doc: "what " + of + " is counted for"}
}

// RankGrammar is an entry of ranks.
var RankGrammar = &grammar.Group{
	Name: "rank", A: "a rank", The: "the rank",
	Doc: "A rank of the scheme's own. A dossier gets the first rank whose condition it meets; if that is full, the " +
		"next one whose condition it meets",
	Keys: []grammar.Key{idKey, titleKey,
		{Name: "require", Value: grammar.Value{Form: grammar.Condition}, Required: true,
			Example: "total >= 90 and each_criterion >= 70%", Doc: "who gets it, as in bands"},
		{Name: "outcome", Value: word(outcomes...), Default: string(dossier.Recommended), Example: "not-recommended",
			Doc: "what the rank means for the outcome"},
		{Name: "most", Value: grammar.Value{Form: grammar.Limit}, Example: "20%",
			Doc: "at most this many get it: a number, or a share"},
		ShareOfKey, RoundKey, perKey("`most`"), TiesKey,
		{Name: "over", Value: word("next", "none"), Default: "next", Example: "none",
			Doc: "what those over the limit get: the next rank whose condition they meet, or no rank"},
		amountKey, sharedKey,
	},
	Rules: append([]grammar.Rule{{Key: "share_of", AnyOf: []string{"most"}, Doc: "`share_of` needs `most`"},
		{Key: "round", AnyOf: []string{"most"}, Doc: "`round` needs `most`"},
		{Key: "over", AnyOf: []string{"most"}, Doc: "`over` needs `most`"}}, sharedRules...),
}

// PlaceGrammar is an entry of places.
var PlaceGrammar = &grammar.Group{
	Name: "place", A: "a place", The: "the place",
	Doc: "A place or prize. The dossiers are gone through in the order of the list, and each gets the first place " +
		"whose condition it meets and that is still free; a place that nobody meets stays empty",
	Keys: []grammar.Key{idKey, titleKey,
		{Name: "number", Value: grammar.Value{Form: grammar.Number, Min: grammar.Bound(1), Max: grammar.Bound(10000),
			Whole: true}, Required: true, Example: "2", Doc: "how many of them there are",
			Wrong: "number must be a whole number from 1", Cure: "write how many of this place there are, such as 2"},
		perKey("`number`"),
		{Name: "require", Value: grammar.Value{Form: grammar.Condition}, Example: "total >= 80",
			Doc: "what a dossier must have for it beside what `bands` ask for"},
		TiesKey, amountKey, sharedKey,
	},
	Rules: sharedRules,
}

// BudgetGrammar is the value of budget.
var BudgetGrammar = &grammar.Group{
	Name: "budget", A: "budget", The: "the budget",
	Doc: "Money that is given to those recommended: in the order of the list, until it is spent, or with `share_by` to " +
		"all of them in proportion. A dossier whose amount is not known goes to people, and so does everything that " +
		"the " +
		"amount could change",
	Keys: []grammar.Key{
		{Name: "total", Value: grammar.Value{Form: grammar.Text}, Required: true, Example: "300000 EUR",
			Doc: "the amount, with its currency"},
		{Name: "ask", Value: grammar.Value{Form: grammar.Text}, Example: "requested",
			Doc: "the fact of type money, or the computed one, that states how much a dossier asks for; with " +
				"`share_by` the " +
				"most that it gets, and any amount if it is missing"},
		{Name: "share_by", Value: grammar.Value{Form: grammar.Text}, Example: "members",
			Doc: "shares the total among all that are recommended, in proportion to this: `total`, a criterion, a " +
				"group, or a " +
				"fact that is a number. What `ask` keeps from one goes to the others"},
		{Name: "round_to", Value: grammar.Value{Form: grammar.Number, Min: grammar.Bound(0), Max: grammar.Bound(1e9),
			Above: true},
			Default: "1", Example: "100", Doc: "with `share_by`: amounts are rounded down to whole times this",
			Wrong: "round_to must be an amount above 0, and is {value}",
			Cure:  "write what amounts are rounded down to, such as 100"},
		perKey("the total"),
		{Name: "pots", Value: grammar.Value{Form: grammar.Names, Each: &grammar.Value{Form: grammar.Number,
			Min: grammar.Bound(0)}}, Example: "{ culture: 120000 }",
			Doc: "with `per`: other totals for some of them, by their ids"},
		{Name: "partial", Value: grammar.Value{Form: grammar.Object, Of: partialGrammar}, Example: "{ from: 60% }",
			Doc: "what remains is given in part; without it, nothing is"},
		{Name: "then", Value: word("next", "stop"), Default: "next", Example: "stop",
			Doc: "what follows on a dossier that what remains does not suffice for: the next one is looked at, or " +
				"nothing more is given"},
		{Name: "ties", Value: word(string(ToPeople), string(ByOrder)), Default: string(ToPeople), Example: "order",
			Doc: "who decides between equal dossiers if the money does not suffice for all of them: people, or the " +
				"order of the list by the dossier's id"},
		{Name: "reserve", Value: grammar.Value{Form: grammar.Number, Min: grammar.Bound(0), Whole: true}, Example: "5",
			Doc:   "how many of those without money are on the reserve list; all of them if it is missing",
			Wrong: "reserve must be a whole number from 0", Cure: "write how many are on the reserve list, such as 5"},
		{Name: "titles", Value: grammar.Value{Form: grammar.Object, Of: titlesGrammar},
			Example: "{ reserve: { en: Reserve list } }",
			Doc:     "what lists call those funded, funded in part, and on reserve"},
	},
	Rules: []grammar.Rule{{Key: "pots", AnyOf: []string{"per"}, Doc: "`pots` needs `per`"},
		{AnyOf: []string{"ask", "share_by"}, Doc: "at least one of `ask` and `share_by` must be there"},
		{Key: "round_to", AnyOf: []string{"share_by"}, Doc: "`round_to` needs `share_by`"},
		{Key: "share_by", NoneOf: "partial", Doc: "`share_by` gives something to all, so there is no `partial`"},
		{Key: "share_by", NoneOf: "then", Doc: "`share_by` gives something to all, so there is no `then`"},
		{Key: "share_by", NoneOf: "ties", Doc: "`share_by` gives something to all, so there are no `ties`"},
		{Key: "share_by", NoneOf: "reserve", Doc: "`share_by` gives something to all, so there is no `reserve`"}},
}

// partialGrammar is the value of partial.
var partialGrammar = &grammar.Group{
	Name: "partial", A: "partial", The: "partial", Doc: "When what remains is given in part",
	Keys: []grammar.Key{{Name: "from", Value: grammar.Value{Form: grammar.Share, Min: grammar.Bound(0),
		Max: grammar.Bound(1), Above: true}, Required: true, Example: "60%",
		Doc:   "the least share of what is asked for that what remains must cover",
		Wrong: "partial gives a share of what is asked for and cannot begin at {value}",
		Cure:  "write a percentage, such as 60%"}},
}

// titlesGrammar is the value of titles.
var titlesGrammar = &grammar.Group{
	Name: "budget-titles", A: "titles", The: "titles", Doc: "Titles of what a budget gives",
	Keys: []grammar.Key{titleOf(Funded), titleOf(InPart), titleOf(OnHold)},
}

// titleOf is the key for the title of an award of a budget.
func titleOf(id string) grammar.Key {
	return grammar.Key{Name: id, Value: grammar.Value{Form: grammar.Title}, Example: "{ en: Granted }",
		Doc: "the title of those that are " + map[string]string{Funded: "given all that they ask for",
			InPart: "given a part", OnHold: "on the reserve list"}[id]}
}
