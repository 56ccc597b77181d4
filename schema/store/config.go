package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// user is who we are in the embedded engine.
const user = "pulsehouse"

// secret makes a password.
func secret() string {
	var b [24]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// configTemplate keeps the engine small and private. No system log is named: naming one, even to remove it, is what turns it on
// outside of a merged configuration, and together they cost a fifth of a core at rest. clickhouse-local reads log-level, not
// logger.level; below "error" it says ten times a second that it pauses a background task.
const configTemplate = `<clickhouse>
  <log-level>error</log-level>
  <logger><log>%[1]s</log><size>10M</size><count>3</count><console>0</console></logger>
  <user_directories><users_xml><path>%[2]s</path></users_xml></user_directories>
  <max_server_memory_usage>%[3]d</max_server_memory_usage>
  <mark_cache_size>268435456</mark_cache_size>
</clickhouse>
`

// usersTemplate gives "default" nothing but what the script needs, and us everything.
const usersTemplate = `<clickhouse>
  <profiles><default>
    <async_insert>0</async_insert>
    <log_queries>0</log_queries>
  </default></profiles>
  <quotas><default/></quotas>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip><ip>::1</ip></networks>
      <profile>default</profile><quota>default</quota>
      <grants><query>GRANT SYSTEM LISTEN ON *.*</query></grants>
    </default>
    <%[1]s>
      <password_sha256_hex>%[2]s</password_sha256_hex>
      <networks><ip>127.0.0.1</ip><ip>::1</ip></networks>
      <profile>default</profile><quota>default</quota>
      <access_management>1</access_management>
    </%[1]s>
  </users>
</clickhouse>
`

// portsFile is where the engine's script writes the ports that it was given.
const portsFile = "ports.tsv"

// writeConfig writes the engine's configuration for one start.
func writeConfig(dir, password string, memory uint64) error {
	sum := sha256.Sum256([]byte(password))
	config := fmt.Sprintf(configTemplate, escaped(dir, "engine.log"), escaped(dir, "users.xml"), memory)
	users := fmt.Sprintf(usersTemplate, user, hex.EncodeToString(sum[:]))
	ports := os.Remove(filepath.Join(dir, portsFile))
	if errors.Is(ports, os.ErrNotExist) {
		ports = nil
	}
	return errors.Join(ports,
		os.WriteFile(filepath.Join(dir, "config.xml"), []byte(config), 0o600),
		os.WriteFile(filepath.Join(dir, "users.xml"), []byte(users), 0o600))
}

func escaped(dir, name string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(filepath.Join(dir, name))); err != nil {
		panic("BUG: a string builder does not take a write: " + err.Error())
	}
	return b.String()
}

// keepAlive is the query that keeps clickhouse-local's script, and with it the listeners, alive: a quarter of a second for each of
// a thousand million rows is more than seven years. Killing it ends the script within one row.
const keepAlive = `SELECT sleepEachRow(0.25) FROM numbers(1000000000) ` +
	`SETTINGS max_block_size = 1, function_sleep_max_microseconds_per_block = 0, max_execution_time = 0 FORMAT Null`

// commandLine is clickhouse-local's, as the child gets it.
func commandLine(dir string) []string {
	script := "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; " +
		"SELECT getServerPort('tcp_port'), getServerPort('http_port') INTO OUTFILE '" + sqlEscaped(filepath.Join(dir, portsFile)) + "' TRUNCATE FORMAT TSV; " +
		keepAlive
	return []string{
		"clickhouse-local", "--path", filepath.Join(dir, "data"), "--config-file", filepath.Join(dir, "config.xml"),
		"--tcp_port", "0", "--http_port", "0", "--listen_host", "127.0.0.1", "--query", script,
	}
}

func sqlEscaped(s string) string { return strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) }
