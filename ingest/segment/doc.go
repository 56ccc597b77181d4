// Package segment reads Segment's wire format: what its libraries send to the tracking API, and what Segment itself delivers.
//
// One bad item never costs its neighbours: it is rejected alone, with Segment's own reason code.
package segment
