package query

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/pulsehouse/pulsehouse/schema"
)

// A session lets a browser use the Console API without holding the console key: pages cannot read the cookie, and event streams,
// which cannot send headers, carry it too. The cookie is "key id.expiry.MAC"; the MAC is made with the server's own secret over both and
// the key's hash, so nothing is stored, a restart signs nobody out, and rotating or deactivating the key ends its sessions.
const (
	sessionCookie = "pulsehouse_session"
	sessionLength = 14 * 24 * time.Hour
)

func (a *API) sessionRoutes() []route {
	return []route{
		{"GET", "session", a.getSession},
		{"DELETE", "session", a.endSession},
	}
}

// signIn answers POST session, the only path that needs no key in its headers: the body has it.
func (a *API) signIn(c *call) (any, error) {
	var body struct {
		Key string `json:"key"`
	}
	if err := c.body(&body); err != nil {
		return nil, err
	}
	key, err := a.consoleKey(strings.TrimSpace(body.Key))
	if err != nil {
		return nil, err
	}
	until := a.Now().Add(sessionLength)
	c.setSession(a.sealSession(key, until), until)
	return map[string]any{"key": key.Name, "expiresAt": until.UTC().Format(time.RFC3339)}, nil
}

// getSession tells who is signed in.
func (a *API) getSession(c *call) (any, error) { return map[string]any{"key": c.author}, nil }

// endSession makes the browser forget.
func (a *API) endSession(c *call) (any, error) {
	c.setSession("", time.Unix(0, 0))
	return map[string]any{"key": nil}, nil
}

func (c *call) setSession(value string, until time.Time) {
	cookie := fasthttp.AcquireCookie()
	defer fasthttp.ReleaseCookie(cookie)
	cookie.SetKey(sessionCookie)
	cookie.SetValue(value)
	cookie.SetPath("/")
	cookie.SetExpire(until)
	cookie.SetHTTPOnly(true)
	cookie.SetSameSite(fasthttp.CookieSameSiteStrictMode)
	cookie.SetSecure(c.IsTLS() || string(c.Request.Header.Peek("X-Forwarded-Proto")) == "https")
	c.Response.Header.SetCookie(cookie)
}

func (a *API) sealSession(key schema.Key, until time.Time) string {
	head := fmt.Sprintf("%s.%d", key.ID, until.Unix())
	return head + "." + base64.RawURLEncoding.EncodeToString(a.sessionMAC(head, key))
}

func (a *API) sessionMAC(head string, key schema.Key) []byte {
	mac := hmac.New(sha256.New, a.SessionSecret)
	fmt.Fprintf(mac, "session|%s|%s", head, key.Hash)
	return mac.Sum(nil)
}

// openSession finds the key behind a session cookie. A request that changes something must come from our own page: SameSite keeps other
// sites out but not other ports of this host.
func (a *API) openSession(c *call) (schema.Key, error) {
	if site := string(c.Request.Header.Peek("Sec-Fetch-Site")); !c.IsGet() && site != "" && site != "same-origin" {
		return schema.Key{}, schema.Errorf(403, "cross_origin", "a session may only be used by the console's own page, not from a %s page", site)
	}
	expired := schema.Errorf(401, "session_expired", "the session has ended; sign in with a console key")
	parts := strings.Split(string(c.Request.Header.Cookie(sessionCookie)), ".")
	if len(parts) != 3 {
		return schema.Key{}, expired
	}
	seal, err1 := base64.RawURLEncoding.DecodeString(parts[2])
	until, err2 := strconv.ParseInt(parts[1], 10, 64)
	key, known := a.Keys.ByID(parts[0])
	if err1 != nil || err2 != nil || !known || !hmac.Equal(seal, a.sessionMAC(parts[0]+"."+parts[1], key)) || a.Now().Unix() > until {
		return schema.Key{}, expired
	}
	return key, mayUseConsole(key)
}
