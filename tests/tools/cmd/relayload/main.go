// Relayload puts load on a DERP server with Tailscale's own client, and says what came through and when.
//
// It reads one plan as a line of JSON from its standard input, connects, prints {"ready":…}, and waits for a line. Then it
// sends for as long as the plan says and prints {"from":true} when it begins to count and {"result":…} when it has counted.
// Idle connections stay open until its input ends.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"tailscale.com/types/key"
)

// A plan is what one run does. Pairs of clients: the first of each sends, the second receives.
type plan struct {
	Doors []door `json:"doors"`
	// Private keys as `privkey:` and hex: two for each pair, in turn; then one for each idle client.
	Keys  []key.NodePrivate `json:"keys"`
	Pairs int               `json:"pairs"`
	Idle  int               `json:"idle"`
	// Of each packet's payload; at least 16.
	Bytes int `json:"bytes"`
	// Over all pairs; 0: as many as the server takes.
	PacketsPerSecond float64 `json:"packetsPerSecond"`
	WarmSeconds      float64 `json:"warmSeconds"`
	Seconds          float64 `json:"seconds"`
}

// A door is where a server listens; clients are spread over them in turn, both of a pair at the same.
type door struct {
	Address string `json:"address"`
}

// A result counts payloads that arrived while it was counted.
type result struct {
	Seconds   float64 `json:"seconds"`
	Sent      int64   `json:"sent"`
	Delivered int64   `json:"delivered"`
	Bytes     int64   `json:"bytes"`
	P50       float64 `json:"p50Ms"`
	P99       float64 `json:"p99Ms"`
	P999      float64 `json:"p999Ms"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "relayload:", err)
		os.Exit(1)
	}
}

func run() error {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	var p plan
	line, err := in.ReadBytes('\n')
	if err != nil {
		return err
	}
	if err := json.Unmarshal(line, &p); err != nil {
		return err
	}
	if len(p.Keys) < 2*p.Pairs+p.Idle || len(p.Doors) == 0 || (p.Pairs > 0 && p.Bytes < stampBytes) {
		return fmt.Errorf("a plan with %d keys, %d doors and %d bytes can't be run", len(p.Keys), len(p.Doors), p.Bytes)
	}
	pairs, suite, err := connectAll(&p)
	if err != nil {
		return err
	}
	print(map[string]any{"ready": map[string]any{"suite": suite, "clients": 2*p.Pairs + p.Idle}})
	if _, err := in.ReadBytes('\n'); err != nil {
		return err
	}
	if p.Pairs == 0 {
		return nil
	}
	print(map[string]any{"result": p.load(pairs)})
	return nil
}

// load lets all pairs run, first unseen, then counted.
func (p *plan) load(pairs []*pair) result {
	stop := make(chan struct{})
	var senders sync.WaitGroup
	for i, one := range pairs {
		go one.receive()
		senders.Go(func() { one.send(p, i, stop) })
	}
	time.Sleep(seconds(p.WarmSeconds))
	for _, one := range pairs {
		one.reset()
	}
	start := time.Now()
	print(map[string]any{"from": true})
	time.Sleep(seconds(p.Seconds))
	sum := addUp(pairs, time.Since(start))
	print(map[string]any{"until": true})
	close(stop)
	for _, one := range pairs {
		one.close()
	}
	senders.Wait()
	return sum
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

func print(value any) {
	line, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(append(line, '\n'))
}
