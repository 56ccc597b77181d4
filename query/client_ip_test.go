package query

import (
	"net"
	"testing"

	"github.com/valyala/fasthttp"
)

func TestClientIP(t *testing.T) {
	f := func(trusted []string, peer string, forwarded []string, want string) {
		t.Helper()
		proxies, err := ParseProxies(trusted)
		if err != nil {
			t.Fatal(err)
		}
		a := &API{Options: Options{TrustedProxies: proxies}}
		ctx := new(fasthttp.RequestCtx)
		ctx.Init(new(fasthttp.Request), &net.TCPAddr{IP: net.ParseIP(peer), Port: 1}, nil)
		for _, line := range forwarded {
			ctx.Request.Header.Add("X-Forwarded-For", line)
		}
		if got := a.clientIP(ctx); got != want {
			t.Errorf("of %q through %s, trusting %q: %s, want %s", forwarded, peer, trusted, got, want)
		}
	}
	f(nil, "8.8.8.8", nil, "8.8.8.8")
	f(nil, "10.0.0.1", []string{"1.2.3.4"}, "10.0.0.1") // nobody is trusted
	f([]string{"10.0.0.0/8"}, "8.8.8.8", []string{"1.2.3.4"}, "8.8.8.8")
	f([]string{"10.0.0.0/8"}, "10.0.0.1", nil, "10.0.0.1")
	f([]string{"10.0.0.0/8"}, "10.0.0.1", []string{"1.2.3.4"}, "1.2.3.4")
	f([]string{"10.0.0.0/8"}, "10.0.0.1", []string{"6.6.6.6, 1.2.3.4, 10.9.9.9"}, "1.2.3.4") // the client wrote 6.6.6.6
	f([]string{"10.0.0.0/8"}, "10.0.0.1", []string{"6.6.6.6", "1.2.3.4:5678"}, "1.2.3.4")
	f([]string{"10.0.0.0/8"}, "10.0.0.1", []string{"nonsense, 10.0.0.2"}, "10.0.0.2")
	f([]string{"10.0.0.1"}, "10.0.0.1", []string{"[2001:db8::7]:99"}, "2001:db8::7")
	f([]string{"::1", "127.0.0.1"}, "127.0.0.1", []string{"::ffff:1.2.3.4"}, "1.2.3.4")
	if _, err := ParseProxies([]string{"my-proxy"}); err == nil {
		t.Error("a name is no address")
	}
}
