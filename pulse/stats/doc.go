// Package stats turns the moments of the arms of an experiment into estimates, intervals and p-values.
//
// It is pure mathematics: no I/O, no clock, no randomness, no knowledge of events or SQL. What goes in are centred
// moments ([Moments], [PairMoments], …) as the rollup keeps them; what comes out are results that a page can print.
//
// Four rules hold for every function:
//
//   - A result never holds NaN or an infinity. What cannot be computed has a named [Status], and the parts of the
//     result which that status makes undefined are nil pointers or intervals of kind [Undefined], never zeros that
//     look like numbers.
//   - Control comes first, then test. A difference is test − control, a lift is test / control − 1.
//   - P-values are upper tails, never 1 − cdf, and come with their decimal logarithm, which does not underflow.
//   - Every exported function names author and year of what it computes, writes the equation out, and says in which unit it
//     answers and with which statuses it refuses.
//
// Where vendors disagree (which θ for CUPED, which variance for a lift) each variant has its own name and the docstring
// says who uses it. The numbers are checked against the vectors in testdata/vectors, none of which is our own output.
package stats
