// Package bench is how fast: workloads with known properties, the frame in which they are measured, and the report. Only cmd
// imports it. The demonstration data, whose true effects are known because they were planted, is in package demo; each room is
// measured by a package of its own, which exports one [Suite].
//
// # The method
//
// A [Case] is one question ("a durable event, from socket to table"), asked of several [Contestant]s: ours, a peer that does the
// same work, and a ceiling, which is the least work that could be done. A machine's speed drifts by a third between minutes, so
// they are never measured one after the other but in turns: a warm-up of each, then rounds A B C, B C A, C A B, … Of each
// contestant the median of the rounds is reported with its spread (half the interquartile range, relative to the median), and of
// each pair the median of the ratios within a round, which drift does not touch.
//
// Two things are measured: wall time, and the processor time of this process and all its descendants, the engine included. The
// second is the steadier one, and the default for ratios and for the comparison with a baseline; a case says so when it is about
// waiting. Contestants that say what they made (Sample.Check) must agree, or the case fails: a fast wrong answer is no answer.
//
// Cases with one Curve and growing X make a scaling curve: the growth exponent b of cost = a·X^b is fitted by least squares on
// the logarithms, and stated with its standard error. The suite growth has those that concern the whole.
//
// A suite or a case that fails is in the report with its reason, and the others go on. Reports of several runs join by suite and
// case: that is how peers come in which another module is needed for (bench/peers). A case may be Cold: it has no warm-up, because a
// round takes long and its first one is as good as any.
//
// A change against a baseline counts when it is more than a tenth and more than twice the spreads of both runs. Times are compared on
// the same kind of machine at the same scale; else only ratios to ceilings, which were measured in turns with ours on either machine.
//
// # The workload
//
// [Workload] makes Segment batches that look like a shop's: the same seed makes the same bytes, on any machine.
//
//	events      60 names; their shares follow Zipf's law with exponent 1.1. 70 % track, 22 % page, 4 % identify, 2 % group, 2 % screen
//	users       Zipf with exponent 1.05 over Units, so that a few send a great deal; 30 % are known by anonymousId alone
//	time        over Days, busier by day than by night; 2 % are late by up to 3 days
//	properties  3 to 11 a call: strings, numbers, booleans, one list; revenue with log-normal values on a tenth of the tracks
//	libraries   analytics.js 55 %, iOS 15 %, Android 12 %, Node 10 %, Go 5 %, Python 3 %, each with the context that it sends
//	exposures   Experiment Viewed is one in 40 events; its variation is a hash of the user, 50:50
//	duplicates  1 % of the calls come a second time, up to 50 batches later, with the same messageId
//
// Mean size is about 0.9 kB of JSON a call, most of it context.
package bench
