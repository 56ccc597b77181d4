// Package catalog keeps the definitions: experiments, metrics, keys and settings, as versioned rows of which the newest counts.
//
// Saving reads the newest version and writes the next under a lock of this process: one process writes definitions, any number
// read them.
package catalog
