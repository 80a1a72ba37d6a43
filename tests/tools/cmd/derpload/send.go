package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tailscale.com/derp"
	"tailscale.com/types/key"
)

// pace lets packets go at a rate. It does not make up for a time in which nothing could go.
type pace struct {
	every time.Duration
	next  time.Time
}

func newPace(pps float64) *pace {
	if pps <= 0 {
		return &pace{}
	}
	return &pace{every: time.Duration(float64(time.Second) / pps), next: time.Now()}
}

func (p *pace) wait(ctx context.Context) error {
	if p.every == 0 {
		return ctx.Err()
	}
	now := time.Now()
	if now.Sub(p.next) > 100*time.Millisecond {
		p.next = now
	}
	if d := p.next.Sub(now); d > 0 {
		select {
		case <-time.After(d):
		case <-ctx.Done():
		}
	}
	p.next = p.next.Add(p.every)
	return ctx.Err()
}

func (d *device) nextSeq(to key.NodePublic) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seqs[to]++
	return d.seqs[to]
}

func (p *program) send(d *device, c *command) (answer, error) {
	to, err := p.public(c.To)
	if err != nil {
		return nil, err
	}
	if c.Packets < 1 || c.Bytes < 1 || c.Bytes > derp.MaxPacketSize {
		return nil, fmt.Errorf("packets must be positive, bytes between 1 and %d", derp.MaxPacketSize)
	}
	l, err := d.current()
	if err != nil {
		return nil, err
	}
	limit := 30 * time.Second
	if c.PPS > 0 {
		limit += time.Duration(float64(c.Packets) / c.PPS * float64(time.Second))
	}
	ctx, cancel := context.WithTimeout(l.ctx, c.within(limit))
	defer cancel()
	// A server that reads no more blocks Send without end. Only the end of the connection frees it.
	freed := context.AfterFunc(ctx, func() {
		if ctx.Err() == context.DeadlineExceeded {
			l.client.Close()
		}
	})

	start := time.Now()
	var sent tally
	buf := make([]byte, c.Bytes)
	pace := newPace(c.PPS)
	for sent.Packets < c.Packets && err == nil {
		if err = pace.wait(ctx); err != nil {
			break
		}
		if err = l.sendOne(to, buf, c.Disco); err == nil {
			sent.add(tally{1, c.Bytes})
		}
	}
	freed()
	if ctx.Err() == context.DeadlineExceeded {
		l.close()
		err = errors.New("timeout: the connection was closed")
	} else if _, gone := d.current(); err != nil && gone != nil {
		err = gone
	} else if err == nil && c.Flush {
		err = l.flush(ctx)
	}
	return answer{
		"ms": time.Since(start).Milliseconds(), "flushed": c.Flush && err == nil,
		"sentPackets": sent.Packets, "sentBytes": sent.Bytes, "counts": p.counts(d),
	}, err
}

// Traffic is what goes on between pairs of devices while a test does other things.
type traffic struct {
	cancel    context.CancelFunc
	devices   map[*device]bool // each with whether it reconnected by itself before
	senders   sync.WaitGroup
	startedAt time.Time
}

func (p *program) startTraffic(c *command) (answer, error) {
	if len(c.Pairs) == 0 {
		return nil, errors.New("pairs is missing")
	}
	if c.Seconds <= 0 {
		c.Seconds = 60
	}
	if c.Bytes <= 0 {
		c.Bytes = 1200
	}
	if c.PPS <= 0 {
		c.PPS = 50
	}
	if c.Bytes > derp.MaxPacketSize || c.Seconds > 3600 {
		return nil, fmt.Errorf("at most %d bytes and 3600 seconds", derp.MaxPacketSize)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.traffic != nil {
		return nil, errors.New("there is traffic already; stop it first")
	}
	type route struct{ from, to *device }
	var routes []route
	t := &traffic{devices: map[*device]bool{}, startedAt: time.Now()}
	receives := map[*device]bool{}
	for _, pair := range c.Pairs {
		ends := [2]*device{}
		for i, name := range pair {
			d := p.devices[name]
			if d == nil {
				return nil, fmt.Errorf("there is no device %q", name)
			}
			if _, err := d.current(); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			ends[i] = d
		}
		routes = append(routes, route{ends[0], ends[1]})
		receives[ends[1]] = true
		if !c.OneWay {
			routes = append(routes, route{ends[1], ends[0]})
			receives[ends[0]] = true
		}
	}
	for _, r := range routes {
		for _, d := range []*device{r.from, r.to} {
			if _, known := t.devices[d]; known {
				continue
			}
			d.mu.Lock()
			t.devices[d] = d.link.reconnect
			d.link.reconnect, d.traffic = true, true
			d.gap = gap{}
			if receives[d] {
				d.gap.begin(t.startedAt)
			}
			d.mu.Unlock()
		}
	}
	var ctx context.Context
	ctx, t.cancel = context.WithTimeout(p.ctx, time.Duration(c.Seconds*float64(time.Second)))
	for _, r := range routes {
		t.senders.Add(1)
		go func() {
			defer t.senders.Done()
			keepSending(ctx, r.from, r.to.pub, c)
		}()
	}
	if c.FlushEvery > 0 {
		for d := range t.devices {
			t.senders.Add(1)
			go func() {
				defer t.senders.Done()
				keepFlushing(ctx, d, time.Duration(c.FlushEvery)*time.Millisecond)
			}()
		}
	}
	// When the sending is over, silence is no gap any more.
	context.AfterFunc(ctx, func() {
		for d := range t.devices {
			d.mu.Lock()
			d.gap.finish(time.Now())
			d.mu.Unlock()
		}
	})
	p.traffic = t
	return answer{"routes": len(routes), "devices": len(t.devices)}, nil
}

// keepSending sends like a client that does not know whether its relay is there: each packet on a broken connection begins
// a new one.
func keepSending(ctx context.Context, from *device, to key.NodePublic, c *command) {
	buf := make([]byte, c.Bytes)
	pace := newPace(c.PPS)
	for pace.wait(ctx) == nil {
		l, err := from.current()
		if err == nil {
			err = l.sendOne(to, buf, c.Disco)
		}
		if err != nil {
			select {
			case <-time.After(50 * time.Millisecond):
			case <-ctx.Done():
			}
		}
	}
}

// keepFlushing narrows what is unsure after a break to what was sent since the last flush.
func keepFlushing(ctx context.Context, d *device, every time.Duration) {
	for {
		select {
		case <-time.After(every):
		case <-ctx.Done():
			return
		}
		if l, err := d.current(); err == nil {
			l.flush(ctx)
		}
	}
}

func (p *program) stopTraffic(c *command) (answer, error) {
	p.mu.Lock()
	t := p.traffic
	p.traffic = nil
	p.mu.Unlock()
	if t == nil {
		return nil, errors.New("there is no traffic")
	}
	ctx, cancel := context.WithTimeout(p.ctx, c.within(10*time.Second))
	defer cancel()
	seconds := time.Since(t.startedAt).Seconds()
	t.cancel()
	stopped := make(chan struct{})
	go func() {
		t.senders.Wait()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-ctx.Done(): // a packet is stuck; its device's flush fails below, which closes the connection
	}

	var mu sync.Mutex
	var flushes sync.WaitGroup
	all, unflushed := answer{}, []string{}
	for d, reconnected := range t.devices {
		flushes.Add(1)
		go func() {
			defer flushes.Done()
			l, err := d.current()
			if err == nil {
				err = l.flush(ctx)
			}
			d.mu.Lock()
			d.traffic = false
			if l != nil {
				l.reconnect = reconnected
				if err != nil {
					l.settle(l.wrote, false)
				}
			}
			d.mu.Unlock()
			if err != nil && l != nil {
				l.close()
			}
			counts := p.counts(d)
			mu.Lock()
			defer mu.Unlock()
			all[d.name] = counts
			if err != nil {
				unflushed = append(unflushed, d.name)
			}
		}()
	}
	flushes.Wait()
	a := answer{"seconds": seconds, "devices": all}
	if len(unflushed) > 0 {
		return a, fmt.Errorf("not flushed, so closed: %v", unflushed)
	}
	return a, nil
}
