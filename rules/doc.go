// Package rules is the criteria and evidence engine: it reads facts and passages out of
// a dossier's text and gives points for them, each with a reason in words and, where
// text earned them, the quote.
//
// Load checks a ruleset as a whole and reports every mistake at once, each with file,
// line, column and cure. Assess is pure: the same dossier, the same ruleset, the same
// knowledge of copies and the same scores give the same assessment, on any machine.
//
// # The language
//
// A ruleset is one YAML file. Its keys are described once, in grammar.go; from that table
// come the loader's checks, the JSON Schema that `kheo rules schema` prints, and the
// reference page docs/rulesets-reference.md. What follows are the meanings that concern
// more than one key.
//
// Facts are read behind their labels in forms ("label: value", across cells, by ticked
// boxes) and in sentences, and by sentence patterns. Numbers are read as people write
// them: 1.250 hộ, 2 tỷ 350 triệu đồng, hơn 300 triệu, một trăm hai mươi hộ, 1 250,
// kr 12.500,-, half a million. A share ("each household gave"), a part ("of which"), a
// number of an earlier year and fewer-than are not read as values. Every value has its
// source, its confidence and its rivals: two sources that disagree raise contradiction
// with both quotes.
//
// A dossier.yaml is the submitter's own statement, the manifest. It wins over papers that
// say otherwise, which is a contradiction; but what it alone states earns nothing and
// fails no gate: the fact is flagged unsupported, and the dossier goes to review if
// counting it would change its outcome. Where papers say otherwise, the lower number
// earns. A document that states the same supports the manifest, and is cited.
//
// Facts need not be read on pages. A fact may be a property of the files, be in a table of the office
// (package lookup), be stated by a person alone, or be computed of others (let). What is computed is as sure
// as its parts: every reading of a part that is not settled is tried, and if all give the same, it counts. An
// amount in another currency is converted by the campaign's rates, or its dossier goes to people if the fact
// decides something.
//
// A comparison with a fact that is not stated is neither true nor false (Kleene's strong
// three-valued logic): unless the rest of the condition decides, the dossier goes to
// people.
//
// No rule may read the ethnicity, religion, sex, age, health or opinion of a person.
//
// Text that a reader of the page may not see earns nothing either: the dossier is assessed
// without it and with it, and goes to people if the two differ.
//
// # Reading the code
//
//	loading    grammar.go (the table of keys), load.go, load_facts.go, load_criteria.go,
//	           ruleset.go, outcome.go (gates and bands), package condition
//	text       page.go (pages as words), packages heading (headings and sections, and what
//	           is no sentence), phrase (all phrases of a ruleset in one pass), claim (what a
//	           negation, a plan, a wish, a question or a quotation makes of a passage), place
//	           (whose place it is)
//	values     packages number, date and value (quantities, dates, answers, options, names);
//	           package factreader (what pages state of a fact), facts.go (which sources say otherwise),
//	           facts_beside_papers.go (the manifest, tables of the office, files, what is
//	           computed), identify.go (what a dossier is)
//	assessing  evidence.go (which passages count), evidence_whose.go (whose deed it
//	           is), evidence_change.go (which way it went), score.go (points of each
//	           criterion), assess.go (the order of it all, flags), outcome.go (gates and bands decide),
//	           whatif.go (the outcome with other points, and what is still open)
//	words      say.go and explain.go: every sentence, in three languages
package rules
