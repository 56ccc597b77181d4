// Command idlists is a program with the Statsig server SDK that follows ID lists: of each line on its input, a user ID, it prints "true" or
// "false", whether the user is in the list. The specs are given to it; the lists come from the server.
//
// usage: idlists URL SERVER_KEY LIST
package main

import (
	"bufio"
	"fmt"
	"os"
	"time"

	statsig "github.com/statsig-io/go-sdk"
)

// specs is a gate that only members of the list pass, in the shape that Statsig serves.
const specs = `{"has_updates":true,"time":1700000000000,"layers":{},"id_lists":{"%[1]s":true},"layer_configs":[],"dynamic_configs":[],
 "sdk_configs":{"sampling_mode":"none"},"diagnostics":{"initialize":0,"download_config_specs":0,"get_id_list":0},
 "feature_gates":[
  {"name":"segment:%[1]s","type":"feature_gate","entity":"segment","salt":"s","enabled":true,"defaultValue":false,"idType":"userID",
   "rules":[{"name":"id_list","id":"id_list","salt":"","passPercentage":100,"returnValue":true,"idType":"userID",
     "conditions":[{"type":"unit_id","operator":"in_segment_list","targetValue":"%[1]s","field":null,"additionalValues":{},"idType":"userID"}]}]},
  {"name":"members","type":"feature_gate","entity":"feature_gate","salt":"s2","enabled":true,"defaultValue":false,"idType":"userID",
   "rules":[{"name":"rule","id":"rule","salt":"s4","passPercentage":100,"returnValue":true,"idType":"userID",
     "conditions":[{"type":"pass_gate","targetValue":"segment:%[1]s","operator":null,"field":null,"additionalValues":{},"idType":"userID"}]}]}]}`

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: idlists URL SERVER_KEY LIST")
		os.Exit(2)
	}
	client := statsig.NewClientWithOptions(os.Args[2], &statsig.Options{
		API: os.Args[1] + "/v1", BootstrapValues: fmt.Sprintf(specs, os.Args[3]), IDListSyncInterval: time.Second,
		StatsigLoggerOptions: statsig.StatsigLoggerOptions{DisableInitDiagnostics: true, DisableSyncDiagnostics: true, DisableApiDiagnostics: true},
	})
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println(client.CheckGateWithExposureLoggingDisabled(statsig.User{UserID: lines.Text()}, "members"))
	}
	client.Shutdown()
}
