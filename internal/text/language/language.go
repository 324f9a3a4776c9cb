// Package language is what kheo knows of each language that it reads: negators, words of plans and wishes,
// numbers, months, place nouns. It is data, one YAML file for each language, so that the code has nothing
// about any one language. The word lists are kheo's own, collected from Vietnamese, Norwegian and English
// reports.
package language

import (
	"bytes"
	"embed"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/unicode/norm"
)

//go:embed *.yaml
var files embed.FS

// Language is what is known about one language, as its YAML file states it. All words are lower case and NFC;
// an entry may consist of several words. A Language is not changed after it is loaded.
type Language struct {
	Code       string               `yaml:"language"`
	Plain      bool                 `yaml:"-"`       // its words have no diacritics, see PlainVietnamese
	Decimal    string               `yaml:"decimal"` // the decimal separator, "," or "."
	Common     []string             `yaml:"common"`  // frequent words, by which the language of a page is detected
	Hints      []string             `yaml:"hints"`   // words by which that of a text too short for it is guessed
	Cues       map[CueKind][]string `yaml:"cues"`
	CountNouns []string             `yaml:"count_nouns"` // "number of" in a label
	// words that are forms of one in a label, but not by their endings
	Families [][]string `yaml:"word_families"`
	NumberOf []string   `yaml:"number_of"` // what a label may have in place of it, the longest first
	// contain, or overlap, other words and mean something else
	Compounds []string `yaml:"compounds"`
	// compounds that do to their object what the verb in them does
	KeptSenses []string `yaml:"kept_senses"`
	FirstNames []string `yaml:"first_names"` // that are written as words of plans or wishes
	// behind a vague word or alone: a number that is not said
	VagueCounts   []string     `yaml:"vague_counts"`
	OtherHeads    []string     `yaml:"other_heads"`     // end as another noun does and are none of its kind
	VerbNouns     []string     `yaml:"verb_nouns"`      // nouns that are verbs behind the sign of an infinitive
	Abbreviations []string     `yaml:"abbreviations"`   // a full stop behind one does not end a sentence
	Definite      []string     `yaml:"definite"`        // endings that make a noun definite or plural
	Plurals       []string     `yaml:"plurals"`         // endings of nouns that words of clues may have too
	NounChanges   []NounChange `yaml:"noun_changes"`    // and endings that change
	Between       []string     `yaml:"between"`         // words that may be between those of a clue
	NotCounted    []string     `yaml:"not_counted"`     // numbers in words that mean something else there
	InnerEndings  []string     `yaml:"inner_endings"`   // of words of clues that are not the last
	Irregular     [][]string   `yaml:"irregular_nouns"` // forms of one noun each, if no ending says so
	Called        []string     `yaml:"called"`          // before a short name, in brackets behind the name
	VerbLike      []string     `yaml:"verb_like"`       // forms of nouns that are more often verbs
	// before a short word they make one that means another thing
	NotJoined    []string            `yaml:"not_joined"`
	Letters      string              `yaml:"letters"`       // that are not those of English
	VerbForms    [][]string          `yaml:"verb_forms"`    // forms of one verb each, which clues may have
	HalfAfter    []string            `yaml:"half_after"`    // "hai tỷ rưỡi"
	HalfBefore   []string            `yaml:"half_before"`   // "half a million"
	DecimalWords []string            `yaml:"decimal_words"` // "chín phẩy năm"
	ToNow        []string            `yaml:"to_now"`        // the open end of a period
	Until        []string            `yaml:"until"`
	PlanSections []string            `yaml:"plan_sections"`
	PlaceNouns   []string            `yaml:"place_nouns"`
	PlaceLinks   []string            `yaml:"place_links"`  // "of" in "the commune of Sekong"
	ListAnd      []string            `yaml:"list_and"`     // joins the last two entries of a list
	ListEnds     []string            `yaml:"list_ends"`    // refers to the entries of a list that are not named
	Nothing      []string            `yaml:"list_nothing"` // the only entry of a list that has none
	Yes          []string            `yaml:"yes"`
	No           []string            `yaml:"no"`
	Months       map[string]int      `yaml:"months"`
	DateWords    map[string][]string `yaml:"date_words"`
	DayNames     map[string]int      `yaml:"day_names"`   // days of a month as ordinals: "third"
	MonthNames   map[string]int      `yaml:"month_names"` // behind the word for month: "tháng ba"
	Quarters     Quarters            `yaml:"quarters"`
	Halves       Halves              `yaml:"halves"`
	FirstMonths  struct {
		Before string `yaml:"before"`
		After  string `yaml:"after"`
	} `yaml:"first_months"` // "9 tháng đầu năm", "first nine months"
	// "end of 2024": a part of what is written, or what is before or after it
	DateParts   Bound              `yaml:"date_parts"`
	Onwards     []string           `yaml:"onwards"`    // "2012 or later"
	DateFill    []string           `yaml:"date_fill"`  // between a part of a year and the year
	Since       []string           `yaml:"since"`      // opens a period that has no end
	PastYears   []PastYears        `yaml:"past_years"` // how a number of past years is told: "the last 15 years"
	Numbers     map[string]float64 `yaml:"numbers"`
	Joined      bool               `yaml:"joined"` // tens and ones are one word
	Tens        []string           `yaml:"tens"`
	Hundreds    []string           `yaml:"hundreds"`
	ZeroFill    []string           `yaml:"zero_fill"`
	Magnitudes  map[string]float64 `yaml:"magnitudes"`
	NotAfterTen []string           `yaml:"not_after_ten"` // numbers that mean something else behind tens and hundreds
	Minus       []string           `yaml:"minus"`
	Vague       []string           `yaml:"vague"`        // "several hundred" is no number
	BareHundred bool               `yaml:"bare_hundred"` // a hundred without "one" before it is a number
	// signs right behind digits that make them thousands: "62' kr"
	ThousandSigns string   `yaml:"thousand_signs"`
	SmallParts    bool     `yaml:"small_parts"` // a digit behind a magnitude is tenths of it: "2 tỷ 3"
	Ranges        []Range  `yaml:"ranges"`
	And           []string `yaml:"and"`          // between two bounds of a range
	OrEqual       []string `yaml:"or_equal"`     // behind a bound: "less than or equal to"
	ChangeVerbs   []string `yaml:"change_verbs"` // "rose from 12 to 45" is no range
	AtLeast       Bound    `yaml:"at_least"`
	AtMost        Bound    `yaml:"at_most"`
	About         Bound    `yaml:"about"`      // the number is near it: "about 40", "40 or so"
	Nearly        Bound    `yaml:"nearly"`     // the number is a little below it
	Adjectives    string   `yaml:"adjectives"` // whether they are written "before" their nouns
	Articles      []string `yaml:"articles"`   // "a", "the"
	// Indefinite are words for one that are articles as well: "a volunteer helped" counts nobody.
	Indefinite   []string `yaml:"indefinite"`
	Objects      []string `yaml:"objects"`       // forms of "we" that never are a subject: "us"
	Oblique      []string `yaml:"oblique"`       // prepositions before what something was only for or about
	RoleEndings  []string `yaml:"role_endings"`  // of nouns of what people do: "coach", "treasurer"
	Participles  []string `yaml:"participles"`   // endings of what was done to something
	NoAdjectives []string `yaml:"no_adjectives"` // words that are never between a number and what it counts
	// words by which a passage that looks like a claim is left to people, by the kinds of package scruple
	Scruples    map[string][]string `yaml:"scruples"`
	OtherSenses []OtherSense        `yaml:"other_senses"`
	YearHeads   []string            `yaml:"year_heads"`  // beside a year in a heading that is nothing but a time
	WholeLinks  []string            `yaml:"whole_links"` // "of the" between a part and its whole
	// Tense, of languages that inflect for it: endings of what is past, forms without such an ending, and forms of "be"
	// that report a present state.
	PastEndings    []string `yaml:"past_endings"`
	PastForms      []string `yaml:"past_forms"`
	PresentForms   []string `yaml:"present_forms"`
	PresentPerfect []string `yaml:"present_perfect"` // auxiliaries of the present perfect
	PresentPassive bool     `yaml:"present_passive"` // its present passive reports no result
	TimeOpeners    []string `yaml:"time_openers"`    // open a clause about a time that was
	// "up", "down": a change only behind a verb of going, or with a figure
	Particles []string `yaml:"particles"`
	Going     []string `yaml:"going"`       // such verbs
	ByHowMuch []string `yaml:"by_how_much"` // before the figure of a change
	Exact     []string `yaml:"exact"`       // between a word such as "to" and its figure
	// a name behind one is not the subject; those of Locative are not among them
	Prepositions []string `yaml:"prepositions"`
	LooseFill    []string `yaml:"loose_fill"`   // words of a label that running text may leave out
	WordEndings  []string `yaml:"word_endings"` // of the forms of nouns, verbs and adjectives
	Ordered      bool     `yaml:"ordered"`      // its words keep their order
	ShareLinks   []string `yaml:"share_links"`  // the "in" of "nine in ten"
	// percentages of fractions in words: "a fifth"
	Shares map[string]float64 `yaml:"shares"`
	// "percentage points", or what is behind the percent sign of them
	PercentPoints []string `yaml:"percent_points"`
	// words that make a bound only together with one behind the number
	AtLeastNeedsAfter []string `yaml:"at_least_needs_after"`
	NotCurrency       []string `yaml:"not_currency"` // begin with the name of a currency and mean something else
	// short for a magnitude and the currency of the country: "350 trđ"
	MoneyMagnitudes map[string]float64 `yaml:"money_magnitudes"`
	OrdinalBefore   []string           `yaml:"ordinal_before"`
	// of rounds and instalments: the number behind one names it, also in forms
	RoundBefore []string            `yaml:"round_before"`
	Traits      map[string][]string `yaml:"traits"` // a person's, by kind: what no rule may read

	frequent    map[string]bool     // the frequent words
	past        map[string]bool     // of PastForms
	family      map[string]int      // of the words of Families: which, from 1
	known       map[string]bool     // words that hint at the language, see hints
	TraitClaims map[string][]string `yaml:"trait_claims"` // phrases that claim a trait of a person

	joinedParts []string // words for a hundred and a thousand, if numbers are joined
	starts      starts
	lexicon     map[string][]Cue // by their first word, the longest first
	mayCue      Filter           // of the keys of lexicon

	// Names by their first word. They are loaded when the first one is asked for: most processes read no amounts.
	measures   func() map[string][]MeasureName
	currencies func() *currencyNames
}

// NounChange is an ending of nouns that changes in their other forms: "turløype" is "turløypa".
type NounChange struct {
	Of string   `yaml:"of"`
	To []string `yaml:"to"`
}

// shortestStem is how many bytes a noun must have before an ending that changes.
const shortestStem = 4

// NounForms returns the other forms of a noun in lower case: plural and definite ones, and for a plural the singular.
func (l *Language) NounForms(w string) (out []string) {
	for _, end := range l.Plurals {
		out = append(out, w+end)
	}
	for _, c := range l.NounChanges {
		stem, ok := strings.CutSuffix(w, c.Of)
		if !ok || len(stem) < shortestStem {
			continue
		}
		for _, end := range c.To {
			if form := stem + end; !slices.Contains(out, form) && (end != "" || len(stem) > shortestStem) {
				out = append(out, form)
			}
		}
	}
	for _, forms := range l.Irregular {
		if slices.Contains(forms, w) {
			out = append(out, forms...)
		}
	}
	return out
}

// MayWrite reports whether a word in lower case has only letters that words of a language with endings are written
// with.
func (l *Language) MayWrite(w string) bool {
	return !strings.ContainsFunc(w, func(r rune) bool {
		return r >= utf8.RuneSelf && !strings.ContainsRune(l.Letters, r)
	})
}

// Inflects reports whether words of the language have endings.
func (l *Language) Inflects() bool { return len(l.Plurals) > 0 }

// InnerForms returns the other forms of a word of a clue behind which others follow: of an adjective or a verb.
func (l *Language) InnerForms(w string) (out []string) {
	for _, end := range l.InnerEndings {
		out = append(out, w+end)
	}
	for _, forms := range l.VerbForms {
		if slices.Contains(forms, w) {
			out = append(out, forms...)
		}
	}
	return out
}

// Range is how a language writes a range in words: one of Open before its first number, which may be missing,
// and one of Link before its second.
type Range struct {
	Open []string `yaml:"open"`
	Link []string `yaml:"link"`
}

// Quarters is how a language names the quarters of a year: words before or behind their numbers, a letter
// that is glued to it, and numbers in words.
type Quarters struct {
	Before  []string       `yaml:"before"`
	After   []string       `yaml:"after"`
	Glued   string         `yaml:"glued"`
	Numbers map[string]int `yaml:"numbers"`
}

// PastYears is how a language states a number of past years: words before it, the words for years with how many each
// is, and words behind them. Without words on one side there need be none. If there are words that open it, it may be
// the number of something else behind others: "thôn 3 năm nay".
type PastYears struct {
	Before []string       `yaml:"before"`
	Years  map[string]int `yaml:"years"`
	After  []string       `yaml:"after"`
	Opens  []string       `yaml:"opens"`
}

// Halves is how a language names the halves of a year.
type Halves struct {
	First  []string `yaml:"first"`
	Second []string `yaml:"second"`
}

// OtherSense are verbs that mean another thing when they are done to some objects: software is "installed", a model
// is "trained".
type OtherSense struct {
	Verbs   []string `yaml:"verbs"`
	Objects []string `yaml:"objects"`
}

// Bound is how a language writes that a number is a bound.
type Bound struct {
	Before []string `yaml:"before"`
	After  []string `yaml:"after"`
}

// CueKind is what a cue says about the sentence that it is in. Package rules decides from the cues whether a
// sentence claims a result: a plan, a wish or a negated sentence earns nothing.
type CueKind string

// The kinds of cues, by their keys in the YAML files.
const (
	Negator             CueKind = "negator"
	NotNegator          CueKind = "not_negator" // "not only": has a negator and does not negate
	NoneOf              CueKind = "none_of"     // makes a negation one of all, which a second one undoes
	ClauseBreak         CueKind = "clause_break"
	Plan                CueKind = "plan"
	NotPlan             CueKind = "not_plan" // "ahead of plan"
	Done                CueKind = "done"
	Perfect             CueKind = "perfect" // done, if the plan is in another clause
	Wish                CueKind = "wish"
	NotWish             CueKind = "not_wish"
	WeakPlan            CueKind = "weak_plan" // of its own clause only
	WeakWish            CueKind = "weak_wish"
	Light               CueKind = "light" // words between a cue and what it governs
	Modal               CueKind = "modal" // must, should, can
	NotModal            CueKind = "not_modal"
	Conditional         CueKind = "conditional"
	NotConditional      CueKind = "not_conditional" // "even if"
	NotConditionalFirst CueKind = "not_conditional_first"
	ConditionalFirst    CueKind = "conditional_first" // only as the first word of a sentence
	Purpose             CueKind = "purpose"           // "in order to"
	Nominal             CueKind = "nominal"           // makes a noun of the verb behind it: the claim comes later
	Achieve             CueKind = "achieve"           // whether it was done is said of it
	Speech              CueKind = "speech"
	RulePaper           CueKind = "rule_paper"  // rules, forms, calls: what they say is not a claim
	Instruction         CueKind = "instruction" // "describe what was built"
	Each                CueKind = "each"        // a share, not the whole
	NotEach             CueKind = "not_each"
	Past                CueKind = "past"  // of the time before the campaign
	PartOf              CueKind = "part"  // of a whole named before
	Below               CueKind = "below" // "fewer than"
	Approx              CueKind = "approx"
	ChangeFrom          CueKind = "change_from"
	ChangeTo            CueKind = "change_to"
	Compound            CueKind = "compound"   // a word that contains, or overlaps, others; from compounds
	PlaceNoun           CueKind = "place_noun" // from place_nouns
	OutOf               CueKind = "out_of"
	NoObject            CueKind = "no_object"    // behind a verb, negates it: "collected no waste"
	Failure             CueKind = "failure"      // a verb that means that something did not happen, or no longer holds
	Hearsay             CueKind = "hearsay"      // it is doubted, or only said
	Anaphora            CueKind = "anaphora"     // takes up the sentence before
	Coordinator         CueKind = "coordinator"  // joins clauses without a comma
	Subordinator        CueKind = "subordinator" // begins a clause inside another one
	Joining             CueKind = "joining"      // working together: what it was for may have been done
	Achiever            CueKind = "achiever"     // an infinitive behind it happened: "helped to"
	Infinitive          CueKind = "infinitive"
	Elsewhere           CueKind = "elsewhere"   // other places and people, without their names
	Us                  CueKind = "us"          // who speaks in the papers: the dossier's own unit
	Source              CueKind = "source"      // the place behind it is where something comes from
	Toward              CueKind = "toward"      // the place behind it is where something goes
	Lower               CueKind = "lower"       // a change downwards
	Higher              CueKind = "higher"      // a change upwards
	Address             CueKind = "address"     // begins a list of who gets the paper
	Listing             CueKind = "listing"     // begins a list of words: keywords, contents
	Prompt              CueKind = "prompt"      // speaks to who assesses, and not of what was done
	Milestone           CueKind = "milestone"   // begins a line of a schedule, by itself or before a number
	RuleText            CueKind = "rule_text"   // what rules say of those who meet them
	Compared            CueKind = "compared"    // the time behind it is only compared with
	PartName            CueKind = "part_name"   // names a part of a paper, before its number
	Locative            CueKind = "locative"    // a place is behind it
	Ambiguous           CueKind = "ambiguous"   // a verb that means many things
	Abstract            CueKind = "abstract"    // what such a verb may be done to without a result
	Causative           CueKind = "causative"   // behind an infinitive: "to get it built"
	FutureTime          CueKind = "future_time" // a time to come: what is told of it in the perfect is a plan
	LyingAhead          CueKind = "lying_ahead" // behind a noun: it is still to come
	Undone              CueKind = "undone"      // behind a result: it did not last
	There               CueKind = "there"       // at the place that was named before
	Fraction            CueKind = "fraction"    // a figure in words: "a third", "halved"
	YearAfter           CueKind = "year_after"  // of the year after the one that was named
	Same                CueKind = "same"        // what is spoken of is what others have
	Collective          CueKind = "collective"  // a noun without an article that names people, and no place
	Pronoun             CueKind = "pronoun"     // what the sentence before reports
	NotPurpose          CueKind = "not_purpose"
	Body                CueKind = "body"      // a noun of a place or organisation that acts by its name
	Title               CueKind = "title"     // before the name of a person
	Agent               CueKind = "agent"     // who did it is behind it: "copied by Harwell"
	Relative            CueKind = "relative"  // begins a clause about the noun before it
	Neither             CueKind = "neither"   // a negator of a list, over its commas
	Exception           CueKind = "exception" // what is behind it is left out of what is told
	NotException        CueKind = "not_exception"
	NotFailure          CueKind = "not_failure"     // says of people that they are in need
	Quantity            CueKind = "measure"         // what is measured, as the subject of a change: "lượng", "tỷ lệ"
	Ago                 CueKind = "ago"             // dates what is told years back
	BackThen            CueKind = "back_then"       // at the time that the sentence before names
	EarlierTime         CueKind = "earlier_time"    // opens a clause about the time before the campaign
	NowTime             CueKind = "now_time"        // opens a clause about the time of the report
	Judging             CueKind = "judging"         // words of those who assess, not of those who report
	PointNoun           CueKind = "point_noun"      // what rules give: "points"
	PointVerb           CueKind = "point_verb"      // how rules give it: "earns", before a number and a PointNoun
	Addressed           CueKind = "addressed"       // speaks to the reader: "you"
	HowMany             CueKind = "how_many"        // asks for a figure
	Defining            CueKind = "defining"        // says what a word means
	GenericSubject      CueKind = "generic_subject" // a class of people or places in general
	ResultLabel         CueKind = "result_label"    // before a colon: what follows is a result
	Adversative         CueKind = "adversative"     // takes back, or limits, what is before it
	Third               CueKind = "third"           // refers to what the sentence before names, as a subject
	Adverse             CueKind = "adverse"         // behind a result: something befell it
	Telling             CueKind = "telling"         // behind a verb of speech: what is said begins
	Aim                 CueKind = "aim"             // before what something was done for
	Comitative          CueKind = "comitative"      // who something is done with is behind it
	OtherRole           CueKind = "other_role"      // a role or a class of others that acts, without a name
	Area                CueKind = "area"            // before what is told of a wider area
	When                CueKind = "when"            // with the present it says what is to be, or what always is
	LaterTime           CueKind = "later_time"      // behind what is told of a time to come
	AllOfThem           CueKind = "all_of_them"     // takes up what was done, and says what became of all of it
	Settled             CueKind = "settled"         // with the present it reports a state that was reached
	Habit               CueKind = "habit"           // how often something was done: "each winter"
	Association         CueKind = "association"     // a noun of a body that may be the dossier's own by another name
	Motion              CueKind = "motion"          // before a verb: someone went to do it
	Then                CueKind = "then"            // begins what follows from a condition
	// written with a capital letter, or opening a sentence, and not a name
	NotName     CueKind = "not_name"
	CarriedOut  CueKind = "carried_out" // marks what is done in a language without tenses
	Topic       CueKind = "topic"       // what is behind it was spoken of, or looked into
	PlanNoun    CueKind = "plan_noun"   // a paper or thought of what is still to be done, before it
	Article     CueKind = "article"     // names a part of rules, before its number
	Assessor    CueKind = "assessor"    // who judges
	Guidance    CueKind = "guidance"    // introduces a list of what to do
	Deed        CueKind = "deed"        // a verb by which work is reported, in a language without tenses
	Consecutive CueKind = "consecutive" // begins what follows from what is before it
	Setback     CueKind = "setback"     // behind a result: something stopped, or was put off
	Standard    CueKind = "standard"    // what is judged, or judged by: criteria, points, proof
	Attribution CueKind = "attribution" // whose word it is follows: "according to"
	Contrast    CueKind = "contrast"    // opens a clause about another time or thing: "unlike", "after"
	Cause       CueKind = "cause"       // begins a clause about why
	Partial     CueKind = "partial"     // before or behind what was done: only a part of it was
	Almost      CueKind = "almost"      // before a verb: it was not done
	PaperNoun   CueKind = "paper_noun"  // a paper that may be cited
	PaperSays   CueKind = "paper_says"  // how it is cited
	Genre       CueKind = "genre"       // names a kind of paper that reports no results
	// an area that may hold the dossier's own: its last word is the noun of it
	WiderArea   CueKind = "wider_area"
	Remaining   CueKind = "remaining"   // before a number: what is left to do, in a language without tenses
	Where       CueKind = "where"       // opens a clause about the place that was just named
	Theirs      CueKind = "theirs"      // what is told of belongs to another person who was named
	Check       CueKind = "check"       // looks at what was told before, and finds something else
	Turned      CueKind = "turned"      // says by itself that something else was found than was told
	OnlyThen    CueKind = "only_then"   // behind a condition: what follows is still to come
	Intent      CueKind = "intent"      // a verb of a step before what was done: "approved", "applied for"
	Heard       CueKind = "heard"       // a passive of being told: what follows is another person's word
	Retracted   CueKind = "retracted"   // in a later sentence: a figure or result is taken back
	Reason      CueKind = "reason"      // opens why it is so: what follows may take it back
	Checker     CueKind = "checker"     // who looks at what others did: what they say may be against it
	Visit       CueKind = "visit"       // goes to see what others have
	Auspices    CueKind = "auspices"    // a body behind it did, or led, what is told
	Superior    CueKind = "superior"    // a body above the one that reports, without a name
	NotOurs     CueKind = "not_ours"    // says of what was told that it belongs to others
	StartTime   CueKind = "start_time"  // the beginning of what is reported: "at the start of the year"
	PriorTime   CueKind = "prior_time"  // dates a value to compare with: "a year earlier", "cùng kỳ"
	Founding    CueKind = "founding"    // a verb or noun of how a body began
	Anniversary CueKind = "anniversary" // before such a word: it is long ago
	Law         CueKind = "law"         // a law or order, which has a year and was not made by who reports
	Origin      CueKind = "origin"      // begins a clause about a beginning: "since"
	Forerunner  CueKind = "forerunner"  // says what a body was before
	// a step before what was done: money was allotted, ground was broken
	FirstStep     CueKind = "first_step"
	Finished      CueKind = "finished"      // a verb of an end, which a step may be told beside
	Demonstrative CueKind = "demonstrative" // with a noun, takes up one of the sentence before
	OwnBody       CueKind = "own_body"      // part of the submitting unit itself, and no partner
	Served        CueKind = "served"        // people that something is done for
	Contact       CueKind = "contact"       // before a telephone number or an account
	NamesNumber   CueKind = "names_number"  // before a number that is a name: "zone 6"
	WithinTime    CueKind = "within_time"   // begins what happened in the time of the report
	AllYears      CueKind = "all_years"     // a time that is longer than it is told: "over the years"
	Total         CueKind = "total"         // of all that ever was
)

// masks maps kinds of cues to the kind that they neutralise inside them: "not only" contains a negator and
// does not negate.
var masks = map[CueKind]CueKind{NotNegator: Negator, NotPlan: Plan, NotModal: Modal, NotWish: Wish,
	NotConditional: Conditional, NotConditionalFirst: ConditionalFirst, NotEach: Each, NotPurpose: Purpose,
	NotException: Exception, NotFailure: Failure, Elsewhere: Us}

// alsoMasks are the weak kinds that the same cues neutralise.
var alsoMasks = map[CueKind]CueKind{NotWish: WeakWish, NotPlan: WeakPlan}

// Masks reports whether a cue of this kind neutralises one of another kind inside it.
func (k CueKind) Masks(other CueKind) bool { return masks[k] == other || alsoMasks[k] == other }

// Cue is one word, or several in a row, that say something about their sentence.
type Cue struct {
	Kind    CueKind
	Words   []string
	Masking bool // it neutralises others
}

// JoinedParts returns the words for a hundred and a thousand of a language that writes a number as one word,
// such as "tohundreogfemti"; nil for other languages.
func (l *Language) JoinedParts() []string { return l.joinedParts }

// CuesAt returns the cues that begin with a word, the longest first.
func (l *Language) CuesAt(word string) []Cue {
	if !l.mayCue.MayHave(word) {
		return nil
	}
	return l.lexicon[word]
}

// IsAmbiguous reports whether some words, lower case and with single spaces, are a verb that means many things in a
// language; in any language if l is nil.
func IsAmbiguous(l *Language, words string) bool {
	if l != nil {
		return slices.Contains(l.Cues[Ambiguous], words)
	}
	return slices.ContainsFunc(All(), func(l *Language) bool { return IsAmbiguous(l, words) })
}

// compile builds the look-up tables from what the file states.
func (l *Language) compile() {
	l.lexicon = map[string][]Cue{}
	l.Cues[Compound], l.Cues[PlaceNoun] = l.Compounds, l.PlaceNouns
	l.frequent = map[string]bool{}
	for _, w := range l.Common {
		l.frequent[w] = true
	}
	l.family = map[string]int{}
	for n, words := range l.Families {
		for _, w := range words {
			l.family[w] = n + 1
		}
	}
	l.past = map[string]bool{}
	for _, w := range l.PastForms {
		l.past[w] = true
	}
	for kind, list := range l.Cues {
		for _, s := range list {
			w := strings.Fields(s)
			l.mayCue.Add(w[0])
			l.lexicon[w[0]] = append(l.lexicon[w[0]], Cue{kind, w, masks[kind] != "" || alsoMasks[kind] != ""})
		}
	}
	// The longest cue first, so that "not only" is found before "not"; then by kind, for the same order every
	// time.
	for _, list := range l.lexicon {
		sort.Slice(list, func(i, j int) bool {
			if len(list[i].Words) != len(list[j].Words) {
				return len(list[i].Words) > len(list[j].Words)
			}
			return list[i].Kind < list[j].Kind
		})
	}
	l.currencies = sync.OnceValue(func() *currencyNames { return byFirstWord(l.namedCurrencies()) })
	l.measures = sync.OnceValue(l.namedMeasures)
	// Norwegian joins tens and ones: "femtito" is fifty-two.
	if l.Joined {
		l.joinedParts = slices.Clone(l.Hundreds)
		for _, s := range slices.Sorted(maps.Keys(l.Magnitudes)) {
			if l.Magnitudes[s] == 1000 && len(s) > 1 {
				l.joinedParts = append(l.joinedParts, s)
			}
		}
		for ten, t := range l.Numbers {
			for one, o := range l.Numbers {
				if t >= 20 && t <= 90 && int(t)%10 == 0 && o >= 1 && o <= 9 {
					l.Numbers[ten+one] = t + o
				}
			}
		}
	}
	l.nameStarts()
	l.nameHints()
}

// load reads all languages, once. The files are part of the program, and a test loads them, so mistakes
// panic.
var load = sync.OnceValue(func() []*Language {
	var out []*Language
	for _, code := range codes {
		l := &Language{}
		decode(code+".yaml", l, func(s string) string { return Canonical(norm.NFC.String(s)) })
		l.compile()
		out = append(out, l)
	}
	return out
})

// codes are the codes of all languages, in the order of All.
var codes = []string{"vi", "nb", "en"}

// decode reads a file of this package, whose text is first changed by a function. The files are part of the program,
// so mistakes in them panic.
func decode(file string, into any, change func(string) string) {
	b, err := files.ReadFile(file)
	if err == nil {
		d := yaml.NewDecoder(bytes.NewReader([]byte(change(string(b)))))
		d.KnownFields(true)
		err = d.Decode(into)
	}
	if err != nil {
		panic(fmt.Sprintf("%s: %v", file, err))
	}
}

// All returns every language that kheo reads, always in the same order.
func All() []*Language { return load() }

// Codes returns the codes of all languages, in the order of All. It loads none of them.
func Codes() []string { return slices.Clone(codes) }

// Get returns the language with the code, or nil.
func Get(code string) *Language {
	for _, l := range All() {
		if l.Code == code {
			return l
		}
	}
	return nil
}

// common maps each frequent word to the languages that have it, as indexes into All.
var common = sync.OnceValue(func() map[string][]int {
	m := map[string][]int{}
	for i, l := range All() {
		for _, w := range l.Common {
			m[w] = append(m[w], i)
		}
	}
	return m
})

// count counts the frequent words of each language in the first 3,000 words of a text.
func count(text string) []int {
	counts := make([]int, len(All()))
	n := 0
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r < 'A' }) {
		if n++; n > 3000 {
			break
		}
		for _, i := range common()[w] {
			counts[i]++
		}
	}
	return counts
}

// functionWords are the kinds of cues whose words belong to the grammar of a language. Words of other kinds are
// nouns and verbs of what reports speak of, which are collected for other reasons than to distinguish languages.
var functionWords = []CueKind{Negator, NoneOf, ClauseBreak, Perfect, Modal, Conditional, ConditionalFirst, Purpose,
	Each, Past, PartOf, Below, Approx, ChangeFrom, ChangeTo, OutOf, Anaphora, Coordinator, Subordinator, Infinitive, Us,
	Source, Toward, Locative}

// nameHints fills the set of words that hint at the language: frequent ones, numbers, months, those that are collected
// as hints, and the function words among the cues.
func (l *Language) nameHints() {
	l.known = map[string]bool{}
	for _, w := range slices.Concat(l.Common, l.Hints) {
		l.known[w] = true
	}
	for w := range l.Numbers {
		l.known[w] = true
	}
	for w := range l.Months {
		l.known[w] = true
	}
	for _, kind := range functionWords {
		for _, s := range l.Cues[kind] {
			first, _, _ := strings.Cut(s, " ")
			l.known[first] = true
		}
	}
}

// hints counts the words of a text that hint at each language, see nameHints.
func hints(text string) []int {
	counts := make([]int, len(All()))
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		for i, l := range All() {
			if l.known[w] {
				counts[i]++
			}
		}
	}
	return counts
}

// Counter counts the frequent words of each language in a sentence. The zero value is ready to use.
type Counter struct {
	counts   [8]int           // by index into All
	frequent map[string][]int // see common
}

// Add counts a word, in lower case.
func (c *Counter) Add(w string) {
	if c.frequent == nil {
		c.frequent = common()
	}
	for _, i := range c.frequent[w] {
		c.counts[i]++
	}
}

// shortestPast is the length in bytes from which on a word's ending says that it is past: "red" and "bed" are not.
const shortestPast = 5

// IsPast reports whether a word in lower case has the form of the past tense, or of a participle; false for all words
// of a language without such forms.
func (l *Language) IsPast(w string) bool {
	return l.past[w] || len(w) >= shortestPast && slices.ContainsFunc(l.PastEndings, func(end string) bool {
		return strings.HasSuffix(w, end)
	})
}

// IsCommon reports whether a word in lower case is one of the language's frequent ones.
func (l *Language) IsCommon(w string) bool { return l.frequent[w] }

// Language returns the language of the sentence, given that of its page: another one only if the sentence has
// two of its frequent words and none of the page's.
func (c *Counter) Language(page *Language) *Language {
	// One frequent word of the page's language is enough to stay with it: a quotation or a name has words of
	// others.
	best := -1
	for i, l := range All() {
		if l == page && c.counts[i] > 0 {
			return page
		}
		if c.counts[i] >= 2 && (best < 0 || c.counts[i] > c.counts[best]) {
			best = i
		}
	}
	if best < 0 {
		return page
	}
	return All()[best]
}

// Guess returns the language of a text that is too short for Detect: the one with most hints among its words, unless
// the letters of another language occur and the words are not clear. Without either it is English. The result is never
// nil.
func Guess(text string) *Language {
	counts := hints(text)
	best := -1
	for i := range counts {
		if counts[i] > 0 && (best < 0 || counts[i] > counts[best]) {
			best = i
		}
	}
	// Letters decide against words: one å or ế says more than a word that several languages share.
	lower := strings.ToLower(text)
	letters := "en"
	switch {
	case strings.ContainsAny(lower, "æøå"):
		letters = "nb"
	case strings.ContainsFunc(lower, func(r rune) bool {
		return r >= 0x1ea0 && r <= 0x1ef9 || strings.ContainsRune("ăđơưàáâãèéêìíòóôõùúý", r)
	}):
		letters = "vi"
	}
	if best >= 0 && (letters == "en" || All()[best].Code == letters || isClear(counts, best, letters)) {
		return All()[best]
	}
	return Get(letters)
}

// Words decide against letters if there are minClear of them, and clearShare times as many as of the letters' language:
// an English sentence may name a place in Vietnam.
const (
	minClear   = 3
	clearShare = 3
)

// isClear reports whether the words of the language with index best outweigh the letters of another one.
func isClear(counts []int, best int, letters string) bool {
	other := counts[slices.Index(codes, letters)]
	return counts[best] >= minClear && counts[best] >= clearShare*other
}

// Detect returns the code of a text's language by its most frequent words; "" if it has fewer than three of
// them.
func Detect(text string) string {
	counts := count(text)
	best := 0
	for i := range counts {
		if counts[i] > counts[best] {
			best = i
		}
	}
	if counts[best] < 3 {
		return ""
	}
	return All()[best].Code
}

// Fold returns s as people type who leave out diacritics: lower case, đ as d, ø as o, æ as ae, and each run
// of anything but letters and digits as one space.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		var f string
		ok := false
		if r >= 0x80 {
			f, ok = folded[r]
		}
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
		case r >= 'A' && r <= 'Z':
			r += 'a' - 'A'
		case !ok && r >= 0x80:
			f = foldRune(r)
			if f == "" && unicode.Is(unicode.Mn, r) {
				continue
			}
			r = -1
		case ok:
			r = -1
		default:
			r, f = -1, ""
		}
		if r < 0 && f == "" {
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		if r >= 0 {
			b.WriteByte(byte(r))
		} else {
			b.WriteString(f)
		}
	}
	return b.String()
}

// folded holds the folded forms of the letters that Latin scripts use most.
var folded = func() map[rune]string {
	m := map[rune]string{}
	for r := rune(0xc0); r < 0x250; r++ {
		m[r] = foldRune(r)
	}
	for r := rune(0x1e00); r < 0x1f00; r++ {
		m[r] = foldRune(r)
	}
	return m
}()

// foldRune folds one letter; "" if r is not a letter.
func foldRune(r rune) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(string(r))) {
		switch {
		case unicode.Is(unicode.Mn, r) || !unicode.IsLetter(r) && !unicode.IsDigit(r):
		case r == 'đ' || r == 'ð':
			b.WriteByte('d')
		case r == 'ø':
			b.WriteByte('o')
		case r == 'æ':
			b.WriteString("ae")
		case r == 'ł':
			b.WriteByte('l')
		case r == 'ß':
			b.WriteString("ss")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// traits maps the names of a person's traits, in all languages, to their kinds.
var traits = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for _, l := range All() {
		for kind, words := range l.Traits {
			for _, w := range words {
				m[strings.ToLower(w)] = kind
			}
		}
	}
	return m
})

// Trait returns the trait of a person that a label asks for, in any of the languages: "ethnicity",
// "religion", "sex", "age", "health", "opinion"; "" if it asks for none. The label must be nothing but the
// name of the trait: work for a religious community is not one.
func Trait(label string) string {
	label = norm.NFC.String(strings.ToLower(strings.Join(strings.Fields(strings.Trim(label, " :.?*")), " ")))
	return traits()[label]
}

// TraitClaim returns the trait of a person that a phrase claims ("is a party member"), whatever else it says;
// "" if it claims none. The phrases are those of trait_claims.
func TraitClaim(phrase string) string {
	s := " " + norm.NFC.String(strings.ToLower(phrase)) + " "
	for _, l := range All() {
		for _, kind := range slices.Sorted(maps.Keys(l.TraitClaims)) {
			for _, w := range l.TraitClaims[kind] {
				if strings.Contains(s, " "+w+" ") {
					return kind
				}
			}
		}
	}
	return ""
}
