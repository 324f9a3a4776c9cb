// Package rules is the criteria and evidence engine: it reads facts and
// passages out of a dossier's text and gives points for them, each with a
// reason in words and, where text earned them, the quote.
//
// Load checks a ruleset as a whole: every mistake at once, each with file, line,
// column and cure. Assess is pure: the same dossier, the same ruleset, the same
// knowledge of copies and the same scores give the same assessment, on any machine.
//
// # The language
//
// A ruleset is one YAML file. Words and titles are one text for all languages, or one
// for each: { vi: …, nb: …, en: … }. These are its keys.
//
//	ruleset, version, title     its name, its version, what people call it
//	extends, without            another ruleset beside it whose keys it takes over; what of it does not count
//	applies_to                  { kind, level }: the dossiers that it is for; a dossier has one ruleset
//	max_points                  what the criteria's max add up to
//	documents                   papers of a dossier by the headings they carry
//	words                       word lists; camer* stands for every word that begins so
//	facts, gates, criteria      below
//	vary                        { weights, steps, thresholds }: how far certainty is tried, as shares
//	copies                      { flag_above, above, costs }: a copy is always flagged; from above on it costs
//	borderline                  so many points more or fewer that change the outcome raise a flag
//	bands                       recommended, needs-review: conditions; the first that is met counts
//	quotas                      per unit, unit_kind, field, level, kind or all (of: one of them): most (a number, or a
//	                            share of those registered), least. A cut between equals is left to people
//	order                       total, criteria, facts; the dossier's id comes last, so that none ties
//	examples                    texts with what they must get: expect (points), facts, flags; scores of a panel
//
// A ruleset that extends another joins documents, words, facts, gates, criteria and
// examples with the other's: what has the same name or id takes its place. All other
// keys are put in the place of the other's.
//
// # Facts
//
// A fact has a type: count, money, percent, date, month, period, yesno, unit (of the
// campaign), text, or document (a paper that is there or not). It is read behind its
// labels in forms ("label: value", across cells, by ticked boxes), behind them in
// sentences, and by patterns of sentences under say ("{} … take part": {} is the value,
// … stands for up to five words). Numbers are those of people: 1.250 hộ, 2 tỷ 350 triệu
// đồng, hơn 300 triệu, một trăm hai mươi hộ, 1 250, kr 12.500,-, half a million. A share
// ("each household gave"), a part ("of which"), an earlier year and fewer-than are no
// values. Every value has its source, its confidence and its rivals; trust says which
// paper counts first; two that disagree raise contradiction with both quotes.
//
// A dossier.yaml is the submitter's own word. It wins over papers that say otherwise, which
// is a contradiction; but what it alone states earns nothing and fails no gate: the fact is
// flagged unsupported, and the dossier is up for review where counting it would change its
// outcome. Where papers say otherwise, the lower number earns. A document that states the
// same supports it, and is cited. from: manifest under a fact says that dossier.yaml counts
// by itself for it, as where the office fills it in.
//
// # Gates and conditions
//
// A gate has an id, a condition under require, and what to say otherwise. Failing it
// makes a dossier ineligible, or what outcome says; missing says what follows where
// nobody states a fact that it needs. Conditions are written in expr (expr-lang.org)
// over the facts, campaign.opens, campaign.closes, unit.id, unit.name, unit.kind and the
// unit's attributes, with
//
//	present(f) absent(f) number(f)          a fact that is stated, is not, is 0 where it is not
//	date("2024-03-31")                      a date to compare with
//	months_between(a, b) days_between(a, b) months_in(period) starts(period) ends(period)
//	any_flag(contradiction, near-duplicate) in bands; also total, max, share, each_criterion
//	                                        and the criteria by id (- written as _)
//
// 40% is 0.4. A comparison with a fact that nobody states is neither true nor false
// (Kleene's three-valued logic): the dossier goes to people.
//
// # Criteria
//
// A criterion has an id, a title, a max, and one of three sources of points.
//
// Measured: a fact with a number, and steps { from, points }.
//
// Evidenced: clues, each with points, at_most (finds that count) and distinct (sentence,
// word or place: what makes a find another one). A clue looks for any (words, word lists,
// number) or for a query (package query: the same text typed into kheo search finds the
// same dossiers); in a section (in) or in papers (from); together with number, money,
// percent, other_place, other_unit or a word list in the same sentence (with); near one
// of words, lists, facts or number (near) within 8 words, sentence, section or page
// (within); not inside other words (except). What is negated, planned, wished or merely
// possible, asked, quoted from rules or forms, hidden or already said earns nothing;
// never: writes that list out, or leaves out of it what is to count.
//
// Panel: people score it by a rubric (points: what a dossier of that level shows);
// scorers says how many must have scored, combine how scores become one (median, mean,
// trimmed-mean), talk_when_spread_over from which difference on they should talk. Until
// then the dossier is flagged awaiting-panel, and is up for review where the scores still
// missing could change its outcome.
//
// No rule may read ethnicity, religion, sex, age, health or opinion of a person.
//
// # Reading the code
//
// load*.go (what a ruleset may say), text.go (pages as words, sentences, headings,
// sections), match.go (all phrases in one pass), number.go and date.go (quantities and dates), values.go (values of facts),
// facts.go (what is stated, where, and who says otherwise), evidence.go (what counts),
// claims.go (what a negation, a plan, a wish, a question or a quotation strikes out),
// expr.go (conditions), assess.go (gates, points, bands), panel.go, own.go (the
// submitter's own word), open.go (what missing scores can still change), standing.go (what
// would be with other points), say.go and explain.go (every sentence, in three languages).
package rules
