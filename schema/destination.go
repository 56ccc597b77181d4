package schema

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// DestinationType is what a destination speaks.
type DestinationType string

// The types.
const (
	// SegmentDestination is Segment's tracking API, /v1/batch, or anything that takes the same calls.
	SegmentDestination DestinationType = "segment"
	// WebhookDestination is a URL that takes Statsig's export format, signed.
	WebhookDestination DestinationType = "webhook"
)

// DefaultSegmentEndpoint is Segment's, in the United States; https://events.eu1.segmentapis.com is the European one.
const DefaultSegmentEndpoint = "https://api.segment.io"

// Category is a kind of thing that can be sent out.
type Category string

// The categories; their names are those of the API.
const (
	SendGateExposures   Category = "gateExposures"
	SendConfigExposures Category = "configExposures" // of experiments and dynamic configs
	SendLayerExposures  Category = "layerExposures"
	SendCustomEvents    Category = "customEvents"
	SendConfigChanges   Category = "configChanges"
)

// Categories lists them.
var Categories = []Category{SendGateExposures, SendConfigExposures, SendLayerExposures, SendCustomEvents, SendConfigChanges}

// Destination is where stored events and exposures are sent on to.
type Destination struct {
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Type        DestinationType `json:"type"`
	// Endpoint is the base address of a Segment API (without /v1), or the whole address of a webhook.
	Endpoint string `json:"endpoint"`
	// Secret is the write key, or what webhooks are signed with, sealed. It is never shown.
	Secret     string     `json:"secret,omitempty"`
	Categories []Category `json:"categories"`
	// Events says which custom events are sent.
	Events EventFilter `json:"events"`
	// Identifiers says which unit becomes userId or anonymousId; see [Destination.Mapped].
	Identifiers []OutboundMapping `json:"identifiers"`
	// FirstExposuresOnly sends a unit's first exposure to each group and no later one.
	FirstExposuresOnly bool `json:"firstExposuresOnly"`
	// ExperimentViewed sends Segment's semantic event beside each experiment exposure.
	ExperimentViewed bool `json:"experimentViewed"`
	// SegmentEvents lets a webhook have what came in Segment's format; what came so never goes to a Segment destination.
	SegmentEvents bool `json:"segmentEvents"`
	Paused        bool `json:"paused"`
	// From is the receipt time from which on everything is sent; Replays counts how often it was set back.
	From    Millis `json:"from,omitempty"`
	Replays int    `json:"replays"`

	Version          int    `json:"version,omitempty"`
	CreatedTime      Millis `json:"createdTime,omitempty"`
	LastModifiedTime Millis `json:"lastModifiedTime,omitempty"`
}

// OutboundMapping takes a unit for one of Segment's two identities.
type OutboundMapping struct {
	From UnitType `json:"from"`
	// To is userId or anonymousId.
	To string `json:"to"`
}

// The identities of Segment's calls.
const (
	ToUserID      = "userId"
	ToAnonymousID = "anonymousId"
)

// Sends says whether things of a category are sent.
func (d *Destination) Sends(c Category) bool { return slices.Contains(d.Categories, c) }

// Tables are those whose rows it may send.
func (d *Destination) Tables() (tables []string) {
	if d.Sends(SendCustomEvents) {
		tables = append(tables, "events")
	}
	if len(d.ExposureKinds()) > 0 {
		tables = append(tables, "exposures")
	}
	return tables
}

// ExposureKinds are the kinds of exposure that it sends.
func (d *Destination) ExposureKinds() (kinds []ExposureKind) {
	for c, k := range map[Category]ExposureKind{
		SendGateExposures: GateExposure, SendConfigExposures: ConfigExposure, SendLayerExposures: LayerExposure,
	} {
		if d.Sends(c) {
			kinds = append(kinds, k)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// Mapped lists which units may become the identity, the best first: those that were configured, then its own kind, and for
// anonymousId the stableID, as Statsig does.
func (d *Destination) Mapped(to string) (units []UnitType) {
	for _, m := range d.Identifiers {
		if m.To == to {
			units = append(units, m.From)
		}
	}
	if to == ToUserID {
		return append(units, UserID)
	}
	return append(units, AnonymousID, StableID)
}

var destinationID = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// Validate fills defaults and refuses what cannot be sent to, naming the field. The secret is not looked at.
func (d *Destination) Validate() error {
	if d.ID == "" {
		d.ID = strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(d.Name), "-"), "-")
	}
	if !destinationID.MatchString(d.ID) {
		return Invalid("id", "%q must have up to 63 of a-z, 0-9, \"-\" and \"_\"", d.ID)
	}
	if d.Name == "" {
		d.Name = d.ID
	}
	if d.Type == "" {
		d.Type = SegmentDestination
	}
	if d.Type != SegmentDestination && d.Type != WebhookDestination {
		return Invalid("type", "%q is neither %q nor %q", d.Type, SegmentDestination, WebhookDestination)
	}
	if d.Categories == nil {
		d.Categories = slices.Clone(Categories)
	}
	for _, c := range d.Categories {
		if !slices.Contains(Categories, c) {
			return Invalid("categories", "%q is not one of %v", c, Categories)
		}
	}
	rules := d.Events.Events
	d.Events.Source, d.Events.Events = d.ID, nil
	d.Events.Set(rules) // which orders them
	return firstError(d.validateEndpoint(), d.validateIdentifiers(), d.Events.Validate())
}

func (d *Destination) validateEndpoint() error {
	if d.Endpoint == "" && d.Type == SegmentDestination {
		d.Endpoint = DefaultSegmentEndpoint
	}
	u, err := url.Parse(d.Endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return Invalid("endpoint", "%q is not an address like https://api.segment.io, without a password in it", d.Endpoint)
	}
	if d.Type == SegmentDestination {
		d.Endpoint = strings.TrimSuffix(strings.TrimRight(d.Endpoint, "/"), "/v1")
	}
	return nil
}

func (d *Destination) validateIdentifiers() error {
	for _, m := range d.Identifiers {
		if m.From == "" {
			return Invalid("identifiers", "a mapping has no \"from\"; name a unit type, such as stableID or companyID")
		}
		if m.To != ToUserID && m.To != ToAnonymousID {
			return Invalid("identifiers", "%q is mapped to %q; it can be mapped to %s or %s", m.From, m.To, ToUserID, ToAnonymousID)
		}
	}
	return nil
}
