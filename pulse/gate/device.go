package gate

import (
	"strings"
	"sync"

	"github.com/statsig-io/ip3country-go/pkg/countrylookup"
	"github.com/ua-parser/uap-go/uaparser"
)

// The tables are the ones that the official Go SDK ships, in the same versions, so that both say the same. They are unpacked when the
// first condition asks for them.
var (
	countries = sync.OnceValue(countrylookup.New)
	agents    = sync.OnceValue(uaparser.NewFromSaved)
)

// country finds the country of an IPv4 address.
func country(ip value) value {
	if ip.kind != text {
		return value{}
	}
	if code, ok := countries().LookupIp(ip.text); ok {
		return textValue(code)
	}
	return value{}
}

// device tells one thing of a user agent.
func device(agent value, field string) value {
	if agent.kind != text || agent.text == "" {
		return textValue("")
	}
	d := parsed.get(agent.text)
	switch field {
	case "os_name", "osname":
		return textValue(d.os)
	case "os_version", "osversion":
		return textValue(d.osVersion)
	case "browser_name", "browsername":
		return textValue(d.browser)
	case "browser_version", "browserversion":
		return textValue(d.browserVersion)
	default:
		return textValue("")
	}
}

type agentDevice struct{ os, osVersion, browser, browserVersion string }

// agentCache keeps what was parsed: the parser tries hundreds of expressions, which takes milliseconds.
type agentCache struct {
	mu     sync.RWMutex
	byText map[string]agentDevice
}

var parsed = agentCache{byText: make(map[string]agentDevice)}

// maxAgents bounds the cache; when it is full, it starts again.
const (
	maxAgents     = 4096
	maxAgentBytes = 1024 // longer ones are no browser's, and would only cost
)

func (c *agentCache) get(agent string) agentDevice {
	if len(agent) > maxAgentBytes {
		agent = agent[:maxAgentBytes]
	}
	c.mu.RLock()
	d, ok := c.byText[agent]
	c.mu.RUnlock()
	if ok {
		return d
	}
	agent = strings.Clone(agent) // it is in a parser's memory, and what is found are parts of it
	p := agents().Parse(agent)
	d = agentDevice{
		p.Os.Family, versionText(p.Os.Major, p.Os.Minor, p.Os.Patch, p.Os.PatchMinor),
		p.UserAgent.Family, versionText(p.UserAgent.Major, p.UserAgent.Minor, p.UserAgent.Patch),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.byText) >= maxAgents {
		clear(c.byText)
	}
	c.byText[agent] = d
	return d
}

// versionText joins the parts that there are.
func versionText(parts ...string) string {
	kept := parts[:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, ".")
}
