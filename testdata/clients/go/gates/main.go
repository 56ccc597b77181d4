// Command gates is a program with the Statsig server SDK. It does what each line on its input says, a JSON object, and prints one for each:
//
//	{"op":"all","user":{}}                       everything for the user, without exposures
//	{"op":"check","user":{},"gates":[],"configs":[],"layers":{"layer":"parameter"}}   the values, with exposures
//	{"op":"quiet","user":{},"gates":[]}          the values, without exposures
//	{"op":"log","user":{},"event":"name"}        a custom event
//	{"op":"close"}                               sends what is left and ends
//
// It asks for specs and ID lists every second, or as often as it is told. With TIER in the environment the SDK is told that it runs in that one.
//
// usage: gates URL SERVER_KEY [POLL_MILLISECONDS]
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	statsig "github.com/statsig-io/go-sdk"
)

type order struct {
	Op      string
	User    statsig.User
	Gates   []string
	Configs []string
	Layers  map[string]string
	Event   string
}

func main() {
	poll, err := 1000, error(nil)
	if len(os.Args) == 4 {
		poll, err = strconv.Atoi(os.Args[3])
	}
	if err != nil || len(os.Args) < 3 || len(os.Args) > 4 {
		fmt.Fprintln(os.Stderr, "usage: gates URL SERVER_KEY [POLL_MILLISECONDS]")
		os.Exit(2)
	}
	every := time.Duration(poll) * time.Millisecond
	sent := &counter{}
	client := statsig.NewClientWithOptions(os.Args[2], &statsig.Options{
		API: os.Args[1] + "/v1", Environment: statsig.Environment{Tier: os.Getenv("TIER")}, Transport: sent, ConfigSyncInterval: every, IDListSyncInterval: every,
		StatsigLoggerOptions: statsig.StatsigLoggerOptions{DisableInitDiagnostics: true, DisableSyncDiagnostics: true, DisableApiDiagnostics: true},
	})
	logged := int64(0)
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var o order
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		switch o.Op {
		case "check":
			logged += int64(len(o.Gates) + len(o.Configs) + len(o.Layers))
		case "log":
			logged++
		}
		if o.Op == "close" {
			// Shutdown does not wait for batches on their way, and a program that ends takes them with it.
			client.Shutdown()
			for tries := 0; sent.events.Load() < logged && tries < 600; tries++ {
				time.Sleep(100 * time.Millisecond)
			}
			out.Encode(map[string]bool{"closed": true})
			return
		}
		if err := out.Encode(do(client, o)); err != nil {
			os.Exit(1)
		}
	}
}

// counter counts the events that the server has taken.
type counter struct{ events atomic.Int64 }

// RoundTrip makes it a transport.
func (c *counter) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(req)
	if err == nil && res.StatusCode < 300 {
		n, _ := strconv.ParseInt(req.Header.Get("statsig-event-count"), 10, 64)
		c.events.Add(n)
	}
	return res, err
}

func do(client *statsig.Client, o order) any {
	switch o.Op {
	case "all":
		return client.GetClientInitializeResponseWithOptions(o.User, &statsig.GCIROptions{HashAlgorithm: "none"})
	case "log":
		client.LogEvent(statsig.Event{EventName: o.Event, User: o.User, Metadata: map[string]string{"from": "go"}})
		return map[string]bool{"logged": true}
	}
	gates, configs, layers := map[string]bool{}, map[string]any{}, map[string]any{}
	check := client.CheckGate
	if o.Op == "quiet" {
		check = client.CheckGateWithExposureLoggingDisabled
	}
	for _, name := range o.Gates {
		gates[name] = check(o.User, name)
	}
	for _, name := range o.Configs {
		configs[name] = client.GetConfig(o.User, name).Value
	}
	for name, parameter := range o.Layers {
		layer := client.GetLayer(o.User, name)
		layers[name] = layer.GetString(parameter, "")
	}
	return map[string]any{"gates": gates, "configs": configs, "layers": layers}
}
