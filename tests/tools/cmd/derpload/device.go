package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go4.org/mem"
	"tailscale.com/types/key"
)

// A tally is a number of packets and the bytes of their payloads.
type tally struct {
	Packets int64 `json:"packets"`
	Bytes   int64 `json:"bytes"`
}

func (t *tally) add(o tally)        { t.Packets += o.Packets; t.Bytes += o.Bytes }
func (t tally) minus(o tally) tally { return tally{t.Packets - o.Packets, t.Bytes - o.Bytes} }

// A source is what a device received from one key.
type source struct {
	tally
	lastSeq uint64
}

// A device is a node key with at most one connection. Its counts go on over all of its connections.
type device struct {
	name string
	priv key.NodePrivate
	pub  key.NodePublic
	jobs chan func() // what waits its turn

	// sending is held while a packet is numbered, sent and counted, and by a graceful close.
	sending sync.Mutex

	// mu guards what follows. It is taken inside the mutex of derphttp.Client, so that client is never called with mu held.
	mu       sync.Mutex
	link     *link // the latest; nil before the first connect
	traffic  bool  // takes part in background traffic, so reconnects by itself
	seqs     map[key.NodePublic]uint64
	received chan struct{} // closed, and replaced, when a packet arrives and somebody waits
	waiters  int

	sent, unsure, failed tally
	recv                 tally
	from                 map[key.NodePublic]*source
	corrupt, misordered  int64
	connects, breaks     int64
	peerGone             int64
	keepAlives           int64
	health, lastError    string
	gap                  gap
}

// A gap watches for the longest time without a received packet.
type gap struct {
	start, last, end time.Time // end is zero while it watches
	longest          time.Duration
	longestAt        time.Time // when the longest began
}

func (g *gap) watching() bool { return !g.start.IsZero() && g.end.IsZero() }

func (g *gap) begin(now time.Time) { *g = gap{start: now, last: now} }

func (g *gap) note(now time.Time) {
	if d := now.Sub(g.last); d > g.longest {
		g.longest, g.longestAt = d, g.last
	}
	g.last = now
}

func (g *gap) finish(now time.Time) {
	if g.watching() {
		g.note(now)
		g.end = now
	}
}

func (p *program) makeKey(c *command) (answer, error) {
	if c.Device == "" {
		return nil, errors.New("device is missing")
	}
	priv := key.NewNode()
	if c.Private != "" {
		if err := priv.UnmarshalText([]byte(c.Private)); err != nil {
			return nil, fmt.Errorf("private: %w", err)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.devices[c.Device]; ok {
		return nil, fmt.Errorf("device %q has a key already", c.Device)
	}
	d := &device{
		name:     c.Device,
		priv:     priv,
		pub:      priv.Public(),
		jobs:     make(chan func(), 1024),
		seqs:     map[key.NodePublic]uint64{},
		received: make(chan struct{}),
		from:     map[key.NodePublic]*source{},
	}
	p.devices[c.Device] = d
	if _, ok := p.names[d.pub.String()]; !ok {
		p.names[d.pub.String()] = d.name
	}
	go func() {
		for {
			select {
			case work := <-d.jobs:
				work()
			case <-p.ctx.Done():
				return
			}
		}
	}()
	return answer{"public": d.pub.String()}, nil
}

func (p *program) device(name string) (*device, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.devices[name]
	if d == nil {
		return nil, fmt.Errorf("there is no device %q", name)
	}
	return d, nil
}

// public finds the key of a device of this process, or reads a nodekey.
func (p *program) public(name string) (key.NodePublic, error) {
	if d, err := p.device(name); err == nil {
		return d.pub, nil
	}
	var k key.NodePublic
	if err := k.UnmarshalText([]byte(name)); err == nil {
		return k, nil
	}
	if k, err := key.ParseNodePublicUntyped(mem.S(name)); err == nil {
		return k, nil
	}
	return k, fmt.Errorf("%q is neither a device nor a node key", name)
}

// current returns the device's connection, if it was made and is not over.
func (d *device) current() (*link, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.link == nil:
		return nil, errors.New("not connected")
	case d.link.over && d.lastError != "":
		return nil, fmt.Errorf("not connected any more: %s", d.lastError)
	case d.link.over:
		return nil, errors.New("not connected any more")
	}
	return d.link, nil
}

func (d *device) receive(src key.NodePublic, payload []byte, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.from[src]
	if s == nil {
		s = &source{}
		d.from[src] = s
	}
	t := tally{1, int64(len(payload))}
	s.add(t)
	d.recv.add(t)
	switch seq, state := readPayload(payload); state {
	case payloadGood:
		if seq <= s.lastSeq {
			d.misordered++
		} else {
			s.lastSeq = seq
		}
	case payloadBad:
		d.corrupt++
	}
	if d.gap.watching() {
		d.gap.note(now)
	}
	if d.waiters > 0 {
		close(d.received)
		d.received = make(chan struct{})
	}
}

func (p *program) waitReceived(c *command) (answer, error) {
	d, err := p.device(c.Device)
	if err != nil {
		return nil, err
	}
	var from *key.NodePublic
	if c.From != "" {
		k, err := p.public(c.From)
		if err != nil {
			return nil, err
		}
		from = &k
	}
	start := time.Now()
	timeout := time.NewTimer(c.within(5 * time.Second))
	defer timeout.Stop()

	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiters++
	defer func() { d.waiters-- }()
	for {
		got := d.recv
		if from != nil {
			got = tally{}
			if s := d.from[*from]; s != nil {
				got = s.tally
			}
		}
		a := answer{"ms": time.Since(start).Milliseconds(), "recvPackets": got.Packets, "recvBytes": got.Bytes}
		if got.Packets >= c.Packets && got.Bytes >= c.Bytes {
			return a, nil
		}
		received := d.received
		d.mu.Unlock()
		err := wait(p.ctx, received, timeout.C)
		d.mu.Lock()
		if err != nil {
			a["ms"] = time.Since(start).Milliseconds()
			return a, err
		}
	}
}

var errTimeout = errors.New("timeout")

func wait(ctx context.Context, done <-chan struct{}, timeout <-chan time.Time) error {
	select {
	case <-done:
		return nil
	case <-timeout:
		return errTimeout
	case <-ctx.Done():
		return ctx.Err()
	}
}

// counts is the device's part of every answer that carries counts.
func (p *program) counts(d *device) answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	from := answer{}
	for k, s := range d.from {
		name, ok := p.names[k.String()]
		if !ok {
			name = k.String()
		}
		from[name] = s.tally
	}
	pending, connected := tally{}, false
	if d.link != nil {
		pending, connected = d.link.pending(), !d.link.over && d.link.up
	}
	a := answer{
		"connected":   connected,
		"sentPackets": d.sent.Packets, "sentBytes": d.sent.Bytes,
		"pendingPackets": pending.Packets, "pendingBytes": pending.Bytes,
		"unsurePackets": d.unsure.Packets, "unsureBytes": d.unsure.Bytes,
		"failedPackets": d.failed.Packets, "failedBytes": d.failed.Bytes,
		"recvPackets": d.recv.Packets, "recvBytes": d.recv.Bytes, "from": from,
		"corruptPackets": d.corrupt, "misorderedPackets": d.misordered,
		"connects": d.connects, "breaks": d.breaks,
		"peerGone": d.peerGone, "keepAlives": d.keepAlives,
	}
	if d.health != "" {
		a["health"] = d.health
	}
	if d.lastError != "" {
		a["lastError"] = d.lastError
	}
	if g := d.gap; !g.start.IsZero() {
		if g.watching() {
			g.note(time.Now())
		}
		a["longestGapMs"] = g.longest.Milliseconds()
		if g.longest > 0 {
			a["longestGapAtMs"] = g.longestAt.Sub(g.start).Milliseconds()
		}
	}
	return a
}

func (p *program) stats(c *command) (answer, error) {
	p.mu.Lock()
	devices := make([]*device, 0, len(p.devices))
	for _, d := range p.devices {
		if c.Device == "" || c.Device == d.name {
			devices = append(devices, d)
		}
	}
	p.mu.Unlock()
	if c.Device != "" && len(devices) == 0 {
		return nil, fmt.Errorf("there is no device %q", c.Device)
	}
	all := answer{}
	for _, d := range devices {
		all[d.name] = p.counts(d)
		if c.Reset {
			d.mu.Lock()
			if d.gap.watching() {
				d.gap.begin(time.Now())
			}
			d.mu.Unlock()
		}
	}
	return answer{"devices": all}, nil
}
