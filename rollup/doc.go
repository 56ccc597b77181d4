// Package rollup turns time into totals: raw rows into first exposures, what each unit did on each day, moments that
// Pulse reads, and totals per metric and day.
//
// A cycle has two steps.
//
// Absorb looks at the loads that came since the watermark, of each spool in order:
//
//	events     -> event_ids    which messages there are, for all time
//	           -> duplicates   which copies of a message do not count
//	           -> rollup_watermarks, job readable: from now on its rows may be counted
//	           -> dirty_days   which metric days that changes, scope ""
//	exposures  -> first_exposures, per experiment
//	           -> dirty_days   which metric days that changes, scope EXPERIMENT@RUN
//	           -> rollup_watermarks, last
//
// Settle computes what is dirty, a few days and all the metrics they concern in one scan:
//
//	events, first_exposures -> unit_days    scope EXPERIMENT@RUN/METRIC@VERSION
//	events                  -> metric_days  scope metric/METRIC@VERSION
//	unit_days               -> moments      as of each day
//
// # Windows
//
// A window is one day of one scope. It has been computed by a run, and only the rows of the run that the window names count:
//
//	dirty_days  scope, day, marked_at          "the day changed, you will find it so from this instant on"
//	unit_days   scope, day, run, …             rows of any number of runs
//	windows     scope, day, run, started_at    "the day is what this run wrote; it began to read at this instant"
//
// A mark's scope is one metric of an experiment, all of its metrics, or, empty, everything. The window with the newest started_at
// counts. A day is dirty while it has no window or a mark that is not older than its
// window. Moments name the runs they are made of by a hash and are due while windows name others.
//
// # Why a crash anywhere is safe, and a second runner too
//
// Everything absorb writes is a function of the raw rows and is replaced by key, and the watermark moves last: a stretch that
// was interrupted is done again and comes out the same. A mark is written after what it tells of can be read, and which
// days to mark is worked out from the tables and the stretch, not from what a statement changed, so it is the same the
// second time. Therefore, of any change to what a day is made of: a run that began before the mark may have missed the change,
// and its window is dirty, for the mark is not older than it; a run that began after the mark has seen the change. The
// runner that made the change may die before it marks: then its watermark has not moved, and whoever comes next marks. No
// order of two runners' statements breaks this.
//
// Rows of a run that died are never named by a window and are cleaned away later, as are those of runs that were replaced.
// The insert of moments is one block, which is there or not.
//
// Rows of loads that are in their table and not yet absorbed are read by nobody: a run takes those up to the readable watermark
// (readable.sql), which moves once the copies of a load's messages are known, and before the days of the load are marked. So the
// argument above holds for it too: becoming readable is the change, and its mark comes after. What is complete is told by complete_to.
//
// Instants are the engine's clock in microseconds, made to grow by the runner (see instant in engine.go).
//
// # What counts
//
// A metric day is the date of an event's time in the project's zone. Events of production count, those of an experiment from
// the unit's first exposure on (or its metric day, if it asks so) until the experiment's end: what happens after a decision
// is not part of the experiment. A unit that saw two groups is in neither, or, if the experiment keeps such units, in the one it
// saw first; as of now, for all days. Terms of metrics are described at terms, filters at criterion.
package rollup
