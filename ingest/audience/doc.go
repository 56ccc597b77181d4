// Package audience turns Segment's audience calls into changes of ID lists.
//
// When a user enters or leaves an audience, Segment sends an identify whose trait, or a track whose property, is named by the audience and
// says true or false; context.personas says that it is such a call. [Read] recognises them while an event is decoded, and the
// answer is stored with the event. [Runner] follows the stored loads, as rollups do: it reads the calls of each new load, finds the
// list and the unit that each one means, and applies the changes with the calls' own times. Only then does it note the load as done. A
// crash in between does a load twice, which changes nothing: an audience call that is not newer than what a list knows has no effect.
package audience
