// Package scales has the ways in which values become points, and how points are added up. It is pure: it
// knows numbers, truth values and words, and nothing of dossiers, facts or languages.
//
// Each way says what it gives, how much at most, which part of it gave the points (a Sentence, which package
// rules writes in the reader's language), what would give more, and what it gives with its thresholds moved
// by a factor, by which the certainty analysis tries how much depends on them.
//
// The decision tables follow DMN (Decision Model and Notation, Object Management Group, version 1.4, chapter
// 8): the hit policies unique, first and collect with a sum, and unary tests of numbers as intervals.
package scales

// Sentence is a text of the catalogue, by its key, with what is filled in: numbers, which are points or
// counts, and Values.
type Sentence struct {
	Key  string
	Args []any
}

// Value is a number in the unit of what is measured, so that readers see "50 households" and "70%".
type Value float64
