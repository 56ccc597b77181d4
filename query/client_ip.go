package query

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/valyala/fasthttp"
)

// clientIP is whose request it is: the peer's address, or where the peer is a proxy that is trusted, the last address of X-Forwarded-For
// that is none. Whatever others write into that header is not believed: a rule about addresses would be whoever's who says so.
func (a *API) clientIP(ctx *fasthttp.RequestCtx) string {
	peer := ctx.RemoteIP().String()
	if !a.trusts(peer) {
		return peer
	}
	var hops []string
	for _, line := range ctx.Request.Header.PeekAll("X-Forwarded-For") {
		hops = append(hops, strings.Split(string(line), ",")...)
	}
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := readAddress(hops[i])
		if err != nil {
			break // from here on nobody knows who wrote it
		}
		if peer = hop.String(); !a.trusts(peer) {
			break
		}
	}
	return peer
}

// readAddress takes an address, maybe with a port.
func readAddress(text string) (netip.Addr, error) {
	text = strings.TrimSpace(text)
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr().Unmap(), nil
	}
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return addr.Unmap(), err
}

func (a *API) trusts(address string) bool {
	if len(a.TrustedProxies) == 0 {
		return false
	}
	addr, err := readAddress(address)
	if err != nil {
		return false
	}
	for _, p := range a.TrustedProxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// ParseProxies reads addresses and networks, as in "10.0.0.0/8".
func ParseProxies(list []string) (all []netip.Prefix, err error) {
	for _, text := range list {
		if p, err := netip.ParsePrefix(strings.TrimSpace(text)); err == nil {
			all = append(all, p.Masked())
			continue
		}
		addr, err := readAddress(text)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a network such as 10.0.0.0/8", text)
		}
		all = append(all, netip.PrefixFrom(addr, addr.BitLen()))
	}
	return all, nil
}
