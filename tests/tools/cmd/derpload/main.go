// Derpload simulates Tailscale clients of a DERP relay, many devices in one process, on Tailscale's own packages. It reads
// commands from stdin, one JSON object a line, and answers each with one JSON object a line on stdout. README.md lists them.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"sync"
	"time"

	"tailscale.com/net/netns"
	"tailscale.com/tailcfg"
)

// A command is what one line of stdin says. Unknown members are refused, so that a misspelt one does not pass in silence.
type command struct {
	ID         json.RawMessage `json:"id"`
	Do         string          `json:"do"`
	Device     string          `json:"device"`
	Private    string          `json:"private"`
	DERPMap    json.RawMessage `json:"derpMap"`
	Region     int             `json:"region"`
	Reconnect  bool            `json:"reconnect"`
	Away       bool            `json:"away"`
	To         string          `json:"to"`
	Packets    int64           `json:"packets"`
	Bytes      int64           `json:"bytes"`
	PPS        float64         `json:"pps"`
	Disco      bool            `json:"disco"`
	Flush      bool            `json:"flush"`
	Pairs      [][2]string     `json:"pairs"`
	OneWay     bool            `json:"oneWay"`
	FlushEvery int64           `json:"flushEvery"`
	Seconds    float64         `json:"seconds"`
	Reset      bool            `json:"reset"`
	From       string          `json:"from"`
	Within     int64           `json:"within"`
	Host       string          `json:"host"`
	Port       int             `json:"port"`
}

// An answer is what one line of stdout says.
type answer map[string]any

func (c *command) within(fallback time.Duration) time.Duration {
	if c.Within <= 0 {
		return fallback
	}
	return time.Duration(c.Within) * time.Millisecond
}

// derpMap reads the command's map as a client reads the one it downloads. Only a node that asks for no verification is
// refused: nothing may pass here which would not pass with a customer.
func (c *command) derpMap() (*tailcfg.DERPMap, error) {
	if len(c.DERPMap) == 0 {
		return nil, errors.New("derpMap is missing")
	}
	dm := new(tailcfg.DERPMap)
	if err := json.Unmarshal(c.DERPMap, dm); err != nil {
		return nil, fmt.Errorf("derpMap: %w", err)
	}
	for id, region := range dm.Regions {
		if region == nil {
			continue
		}
		for _, node := range region.Nodes {
			if node == nil {
				return nil, fmt.Errorf("derpMap: region %d has an empty node", id)
			}
			if node.InsecureForTests {
				return nil, fmt.Errorf("derpMap: node %q of region %d has InsecureForTests", node.Name, id)
			}
		}
	}
	return dm, nil
}

func (c *command) derpRegion() (*tailcfg.DERPRegion, error) {
	dm, err := c.derpMap()
	if err != nil {
		return nil, err
	}
	region := dm.Regions[c.Region]
	if region == nil {
		return nil, fmt.Errorf("derpMap has no region %d", c.Region)
	}
	return region, nil
}

type program struct {
	ctx context.Context // over when the program ends

	mu      sync.Mutex
	devices map[string]*device
	names   map[string]string // of public keys
	traffic *traffic

	outMu sync.Mutex
	out   io.Writer
}

var verbose = flag.Bool("v", false, "log what Tailscale's packages say to stderr")

func logf(format string, args ...any) {
	if *verbose {
		log.Printf(format, args...)
	}
}

func main() {
	linger := flag.Duration("linger", 2*time.Second, "after stdin closes, wait this long for commands that still run")
	flag.Parse()
	if !*verbose {
		log.SetOutput(io.Discard)
	}
	// Routing marks are for hosts that run tailscaled. Here they would need privileges, and the relay never sees them.
	netns.SetEnabled(false)

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p := newProgram(ctx, os.Stdout)
	running := p.serve(os.Stdin)
	select {
	case <-running:
	case <-time.After(*linger):
	}
}

func newProgram(ctx context.Context, out io.Writer) *program {
	return &program{ctx: ctx, devices: map[string]*device{}, names: map[string]string{}, out: out}
}

// serve starts every command it reads, until the input ends. The channel closes when all of them have answered.
func (p *program) serve(in io.Reader) <-chan struct{} {
	var running sync.WaitGroup
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 1<<16), 16<<20)
	for lines.Scan() {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		c := new(command)
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(c); err != nil {
			p.reply(c, nil, fmt.Errorf("not a command: %w", err))
			continue
		}
		running.Add(1)
		p.start(c, func(a answer, err error) {
			p.reply(c, a, err)
			running.Done()
		})
	}
	done := make(chan struct{})
	go func() {
		running.Wait()
		close(done)
	}()
	return done
}

func (p *program) reply(c *command, a answer, err error) {
	if a == nil {
		a = answer{}
	}
	a["ok"] = err == nil
	if err != nil {
		a["error"] = err.Error()
	}
	if len(c.ID) > 0 {
		a["id"] = c.ID
	}
	if c.Do != "" {
		a["do"] = c.Do
	}
	if c.Device != "" {
		a["device"] = c.Device
	}
	line, err := json.Marshal(a)
	if err != nil {
		panic(err)
	}
	p.outMu.Lock()
	defer p.outMu.Unlock()
	p.out.Write(append(line, '\n'))
}

// start runs c. What changes a device or sends from it waits for that device's earlier commands; all else runs at once.
func (p *program) start(c *command, done func(answer, error)) {
	onDevice := func(work func(*device) (answer, error)) {
		d, err := p.device(c.Device)
		if err != nil {
			done(nil, err)
			return
		}
		d.jobs <- func() { done(work(d)) }
	}
	beside := func(work func() (answer, error)) { go func() { done(work()) }() }

	switch c.Do {
	case "key":
		done(p.makeKey(c))
	case "connect":
		onDevice(func(d *device) (answer, error) { return p.connect(d, c) })
	case "send":
		onDevice(func(d *device) (answer, error) { return p.send(d, c) })
	case "flush":
		onDevice(func(d *device) (answer, error) { return p.flush(d, c) })
	case "close":
		onDevice(func(d *device) (answer, error) { return p.close(d, c) })
	case "expectClosed":
		beside(func() (answer, error) { return p.expectClosed(c) })
	case "waitReceived":
		beside(func() (answer, error) { return p.waitReceived(c) })
	case "traffic":
		done(p.startTraffic(c))
	case "stop":
		beside(func() (answer, error) { return p.stopTraffic(c) })
	case "stats":
		done(p.stats(c))
	case "stun":
		beside(func() (answer, error) { return doSTUN(p.ctx, c) })
	case "latency":
		beside(func() (answer, error) { return doLatency(p.ctx, c) })
	case "netcheck":
		beside(func() (answer, error) { return doNetcheck(p.ctx, c) })
	default:
		done(nil, fmt.Errorf("there is no command %q", c.Do))
	}
}
