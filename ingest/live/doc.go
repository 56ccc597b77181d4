// Package live is the log of what is coming in right now, for people who watch.
//
// Watching never slows the way in down: requests are offered without waiting, and what the log cannot take is counted instead.
// The log is one ring of bounded size. A reader has a place in it and no queue of its own, so a reader that is slow, or paused,
// only falls behind; what was overwritten before it came is counted and told to it.
//
//	offers ──► log: [ overwritten … | entries … ] ◄── readers, each at its own place
//
// Under load only a sample of the items enters the ring, except those that some reader's filter asks for: whoever looks for one
// user among a hundred thousand events a second finds all of that user's.
package live
