// For mutants alone: that a property fails is all there is to know, and its smallest counterexample takes the most time.
require('fast-check').configureGlobal({ endOnFailure: true })
