package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"tailscale.com/derp"
	"tailscale.com/derp/derpconst"
	"tailscale.com/derp/derphttp"
	"tailscale.com/net/netmon"
	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
	"tailscale.com/util/backoff"
)

// A link is one derphttp.Client: one connection, or with reconnect one after another. It reads and counts what arrives as
// magicsock's reader does. All fields but the first block are guarded by the device's mu.
type link struct {
	d      *device
	client *derphttp.Client
	region *tailcfg.DERPRegion
	ctx    context.Context // over when the link is
	cancel context.CancelFunc
	ended  chan struct{} // closed when the reader has ended

	reconnect bool
	attempts  int  // connections begun: the number of the present one
	up        bool // the server has accepted the present connection
	over      bool // no more connection will be made
	closed    bool // by us
	limited   bool // the server gave a rate to the client, which drops what exceeds it, without a word
	limit     int
	ready     chan struct{} // closed at the first ServerInfo
	broken    chan struct{} // closed when the server, or the network, ends the present connection

	wrote, settled tally // on the present connection: sent without error; and of these, those of known fate
	pings          map[derp.PongMessage]*ping
}

// A ping is a question whose answer says that the server has read all that was sent before.
type ping struct {
	attempt int
	wrote   tally
	done    chan error // buffered
}

var (
	errBroke  = errors.New("the connection broke before the flush")
	netMonger = netmon.NewStatic()
)

// pending is what was sent on the present connection and whose fate is not known. Needs d.mu.
func (l *link) pending() tally { return l.wrote.minus(l.settled) }

// settle decides the fate of what was sent on the present connection, up to the given point. Needs d.mu.
func (l *link) settle(upTo tally, sure bool) {
	if upTo.Packets <= l.settled.Packets {
		return
	}
	fate := &l.d.unsure
	if sure && !l.limited {
		fate = &l.d.sent
	}
	fate.add(upTo.minus(l.settled))
	l.settled = upTo
}

// abandon gives up what is not flushed. Needs d.mu.
func (l *link) abandon() {
	l.settle(l.wrote, false)
	for data, ping := range l.pings {
		ping.done <- errBroke
		delete(l.pings, data)
	}
}

// nextRegion is what the client calls once whenever it begins a connection, and only then.
func (l *link) nextRegion() *tailcfg.DERPRegion {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	if l.over || l.closed || (l.attempts > 0 && !l.reconnect) {
		return nil
	}
	if l.attempts > 0 {
		l.down() // a sender may see this before the reader does
	}
	l.abandon()
	l.attempts++
	l.wrote, l.settled = tally{}, tally{}
	l.limited, l.limit = false, 0
	return l.region
}

// down takes down that the present connection is no more. Needs d.mu.
func (l *link) down() {
	if l.up {
		l.d.breaks++
	}
	l.up = false
	select {
	case <-l.broken:
	default:
		close(l.broken)
	}
}

func (p *program) connect(d *device, c *command) (answer, error) {
	region, err := c.derpRegion()
	if err != nil {
		return nil, err
	}
	if l, err := d.current(); err == nil && l != nil {
		return nil, errors.New("already connected")
	}
	start := time.Now()
	l := &link{d: d, region: region, ended: make(chan struct{}), ready: make(chan struct{}), broken: make(chan struct{}),
		pings: map[derp.PongMessage]*ping{}}
	l.ctx, l.cancel = context.WithCancel(p.ctx)
	l.client = derphttp.NewRegionClient(d.priv, logf, netMonger, l.nextRegion)
	l.client.SetCanAckPings(true)
	l.client.NotePreferred(!c.Away)
	d.mu.Lock()
	d.link, d.lastError = l, ""
	d.mu.Unlock()

	ctx, cancel := context.WithTimeout(l.ctx, c.within(10*time.Second))
	defer cancel()
	if err := l.client.Connect(ctx); err != nil {
		l.note(err)
		l.client.Close()
		l.end()
		close(l.ended)
		return answer{"ms": time.Since(start).Milliseconds()}, err
	}
	// What has not failed by now is one connection. From here on it may be followed by others.
	d.mu.Lock()
	l.reconnect = c.Reconnect || d.traffic
	broken := l.broken
	d.mu.Unlock()
	state, _ := l.client.TLSConnectionState()
	go l.read()

	// With fast start a client takes itself for connected before the server has looked at its key. It is when ServerInfo comes.
	a := answer{}
	select {
	case <-l.ready:
	case <-broken:
		if !l.accepted() { // else it was, and closed again since, which is for expectClosed to tell
			a["refused"] = true
			err = errors.New("refused: the server closed the connection before ServerInfo")
		}
	case <-ctx.Done():
		err = errors.New("no ServerInfo within the timeout")
	}
	a["ms"] = time.Since(start).Milliseconds()
	if err != nil {
		d.mu.Lock()
		if d.lastError != "" {
			a["cause"] = d.lastError
		}
		d.mu.Unlock()
		l.close()
		return a, err
	}
	a["server"] = l.client.ServerPublicKey().String()
	if addr, err := l.client.LocalAddr(); err == nil {
		a["local"] = addr.String()
	}
	describeTLS(a, state, region)
	d.mu.Lock()
	defer d.mu.Unlock()
	if l.limited {
		a["bytesPerSecond"] = l.limit
	}
	return a, nil
}

// describeTLS tells the protocol, whether the server offered fast start, and which node of the region answered.
func describeTLS(a answer, state *tls.ConnectionState, region *tailcfg.DERPRegion) {
	if state == nil {
		return
	}
	a["tls"] = tls.VersionName(state.Version)
	fast := false
	for _, cert := range state.PeerCertificates {
		if strings.HasPrefix(cert.Subject.CommonName, derpconst.MetaCertCommonNamePrefix) {
			fast = state.Version >= tls.VersionTLS13
			continue
		}
		sum := fmt.Sprintf("sha256-raw:%x", sha256.Sum256(cert.Raw))
		for _, node := range region.Nodes {
			if node.CertName == sum {
				a["node"] = node.Name
			}
		}
	}
	a["fastStart"] = fast
}

// read receives until the link is over, as magicsock's reader does.
func (l *link) read() {
	defer close(l.ended)
	defer l.end()
	bo := backoff.NewBackoff("derp-"+l.d.name, logf, 5*time.Second)
	for {
		m, err := l.client.Recv()
		now := time.Now()
		if err != nil {
			if err == derphttp.ErrClientClosed || l.ctx.Err() != nil {
				return
			}
			l.note(err)
			l.d.mu.Lock()
			again := l.reconnect && !l.closed
			l.d.mu.Unlock()
			if !again {
				return
			}
			bo.BackOff(l.ctx, err)
			continue
		}
		bo.BackOff(l.ctx, nil)
		switch m := m.(type) {
		case derp.ReceivedPacket:
			l.d.receive(m.Source, m.Data, now)
		case derp.PingMessage:
			go l.client.SendPong([8]byte(m))
		default:
			l.handle(m)
		}
	}
}

// accepted tells whether the server ever accepted a connection of this link.
func (l *link) accepted() bool {
	select {
	case <-l.ready:
		return true
	default:
		return false
	}
}

func (l *link) handle(m derp.ReceivedMessage) {
	d := l.d
	d.mu.Lock()
	defer d.mu.Unlock()
	switch m := m.(type) {
	case derp.ServerInfoMessage:
		d.connects++
		l.up, l.limited, l.limit = true, m.TokenBucketBytesPerSecond != 0, m.TokenBucketBytesPerSecond
		if l.accepted() {
			l.broken = make(chan struct{})
		} else {
			close(l.ready)
		}
	case derp.PongMessage:
		if ping := l.pings[m]; ping != nil {
			delete(l.pings, m)
			if ping.attempt != l.attempts {
				ping.done <- errBroke
				return
			}
			l.settle(ping.wrote, true)
			ping.done <- nil
		}
	case derp.PeerGoneMessage:
		d.peerGone++
	case derp.KeepAliveMessage:
		d.keepAlives++
	case derp.HealthMessage:
		d.health = m.Problem
	}
}

// note takes down that the present connection broke, or could not be made.
func (l *link) note(err error) {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	if l.closed {
		return
	}
	l.d.lastError = err.Error()
	l.down()
}

func (l *link) end() {
	l.client.Close()
	l.cancel()
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	l.over, l.up = true, false
	l.abandon()
}

// close ends the connection as a client does that goes away, and waits for the reader.
func (l *link) close() {
	l.d.mu.Lock()
	l.closed = true
	l.d.mu.Unlock()
	l.client.Close()
	l.cancel()
	select {
	case <-l.ended:
	case <-time.After(2 * time.Second):
		l.end()
	}
}

// sendOne fills the payload, sends it and books it where it belongs.
func (l *link) sendOne(to key.NodePublic, payload []byte, looksDisco bool) error {
	d := l.d
	d.sending.Lock()
	defer d.sending.Unlock()
	fillPayload(payload, d.nextSeq(to), looksDisco)
	t := tally{1, int64(len(payload))}
	// Send itself would connect if need be. To do it here keeps small the time in which the connection may change unseen.
	err := l.client.Connect(l.ctx)
	d.mu.Lock()
	attempt := l.attempts
	d.mu.Unlock()
	if err == nil {
		err = l.client.Send(to, payload)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case err != nil:
		d.failed.add(t)
	case l.attempts != attempt || l.over:
		d.unsure.add(t)
	default:
		l.wrote.add(t)
	}
	return err
}

// flush returns nil when the server has read all that was sent on the present connection before.
func (l *link) flush(ctx context.Context) error {
	d := l.d
	for {
		p := &ping{done: make(chan error, 1)}
		var data derp.PongMessage
		rand.Read(data[:])
		d.mu.Lock()
		if l.over {
			d.mu.Unlock()
			return errBroke
		}
		p.attempt, p.wrote = l.attempts, l.wrote
		l.pings[data] = p
		d.mu.Unlock()
		err := within(ctx, func() error { return l.client.SendPing(data) })
		if err == nil {
			// A server may leave a ping unanswered that comes too soon after another, so ask again.
			select {
			case err = <-p.done:
			case <-time.After(time.Second):
				err = errors.New("no pong")
			case <-ctx.Done():
				err = ctx.Err()
			}
		}
		d.mu.Lock()
		delete(l.pings, data)
		again := err != nil && !l.over && (l.reconnect || l.up)
		d.mu.Unlock()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("flush: timeout: %w", err)
		}
		if !again {
			return fmt.Errorf("flush: %w", err)
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// within bounds a call that has no bound of its own: a write to a server that reads no more.
func within(ctx context.Context, call func() error) error {
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *program) flush(d *device, c *command) (answer, error) {
	l, err := d.current()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(p.ctx, c.within(5*time.Second))
	defer cancel()
	start := time.Now()
	err = l.flush(ctx)
	return answer{"ms": time.Since(start).Milliseconds(), "counts": p.counts(d)}, err
}

// close with flush is a graceful one: no packet is sent between the flush and the close, not by traffic either.
func (p *program) close(d *device, c *command) (answer, error) {
	l, err := d.current()
	if err != nil {
		return nil, err
	}
	if c.Flush {
		ctx, cancel := context.WithTimeout(p.ctx, c.within(5*time.Second))
		defer cancel()
		for !d.sending.TryLock() {
			if ctx.Err() != nil {
				err = fmt.Errorf("flush: a packet is stuck: %w", ctx.Err())
				break
			}
			time.Sleep(100 * time.Microsecond)
		}
		if err == nil {
			defer d.sending.Unlock()
			err = l.flush(ctx)
		}
	}
	l.close()
	return answer{"counts": p.counts(d)}, err
}

func (p *program) expectClosed(c *command) (answer, error) {
	d, err := p.device(c.Device)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	timeout := time.NewTimer(c.within(5 * time.Second))
	defer timeout.Stop()
	d.mu.Lock()
	l := d.link
	if l == nil || !l.accepted() {
		d.mu.Unlock()
		return nil, errors.New("was not connected")
	}
	broken := l.broken
	d.mu.Unlock()

	select {
	case <-broken:
	case <-l.ended:
	case <-timeout.C:
		return answer{"ms": time.Since(start).Milliseconds()}, errors.New("still connected")
	case <-p.ctx.Done():
		return nil, p.ctx.Err()
	}
	a := answer{"ms": time.Since(start).Milliseconds()}
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-broken:
		if d.lastError != "" {
			a["cause"] = d.lastError
		}
		return a, nil
	default:
		return a, errors.New("closed by this side")
	}
}
