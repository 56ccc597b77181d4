// Command idlists is a program with the Statsig server SDK: of each line on its input, a user ID, it prints "true" or "false", whether the
// user passes the gate. It asks for specs and ID lists every second.
//
// usage: idlists URL SERVER_KEY GATE
package main

import (
	"bufio"
	"fmt"
	"os"
	"time"

	statsig "github.com/statsig-io/go-sdk"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: idlists URL SERVER_KEY GATE")
		os.Exit(2)
	}
	client := statsig.NewClientWithOptions(os.Args[2], &statsig.Options{
		API: os.Args[1] + "/v1", ConfigSyncInterval: time.Second, IDListSyncInterval: time.Second,
		StatsigLoggerOptions: statsig.StatsigLoggerOptions{DisableInitDiagnostics: true, DisableSyncDiagnostics: true, DisableApiDiagnostics: true},
	})
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println(client.CheckGateWithExposureLoggingDisabled(statsig.User{UserID: lines.Text()}, os.Args[3]))
	}
	client.Shutdown()
}
