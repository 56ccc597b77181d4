package schema

import "strings"

// ExportedPrefix begins the message ids of everything that an instance sends to destinations.
func ExportedPrefix(instance string) string { return "ph-out-" + instance + "-" }

// Exported says whether a message was sent by this instance: one that a destination delivered back to us. It would count twice.
// What another PulseHouse sent is an event like any other.
func Exported(instance, messageID string) bool {
	return instance != "" && strings.HasPrefix(messageID, ExportedPrefix(instance))
}
