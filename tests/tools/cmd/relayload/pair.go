package main

import (
	"crypto/rand"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"tailscale.com/derp"
	"tailscale.com/types/key"
)

// stampBytes is what the time of sending takes at the head of a payload.
const stampBytes = 16

// A packet sent in the same millisecond as the one before is no better sample.
const mostSamples = 200_000

// epoch is what stamps count from, on the monotonic clock.
var epoch = time.Now()

// A pair is one client that sends and one that receives, each with a connection of its own.
type pair struct {
	from, to *client

	mu        sync.Mutex
	sent      int64
	delivered int64
	bytes     int64
	latencies []time.Duration
}

// A client is one logged-in connection.
type client struct {
	*derp.Client
	key   key.NodePublic
	close func() error
}

func (p *pair) close() {
	p.from.close()
	p.to.close()
}

func (p *pair) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent, p.delivered, p.bytes, p.latencies = 0, 0, 0, p.latencies[:0]
}

// send keeps to the plan's rate by sending what is due, one packet a write, as magicsock does.
func (p *pair) send(plan *plan, index int, stop <-chan struct{}) {
	packet := make([]byte, plan.Bytes)
	rand.Read(packet)
	perSecond := plan.PacketsPerSecond / float64(plan.Pairs)
	begin := time.Now()
	// Pairs don't all send in the same instant.
	offset := float64(index) / float64(plan.Pairs)
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		if perSecond > 0 {
			due := begin.Add(seconds((float64(n) + offset) / perSecond))
			if wait := time.Until(due); wait > 0 {
				time.Sleep(wait)
			}
		}
		binary.BigEndian.PutUint64(packet, uint64(time.Since(epoch)))
		if p.from.Send(p.to.key, packet) != nil {
			return
		}
		p.mu.Lock()
		p.sent++
		p.mu.Unlock()
	}
}

func (p *pair) receive() {
	for {
		message, err := p.to.Recv()
		if err != nil {
			return
		}
		packet, ok := message.(derp.ReceivedPacket)
		if !ok || len(packet.Data) < stampBytes {
			continue
		}
		took := time.Since(epoch) - time.Duration(binary.BigEndian.Uint64(packet.Data))
		p.mu.Lock()
		p.delivered++
		p.bytes += int64(len(packet.Data))
		if len(p.latencies) < mostSamples {
			p.latencies = append(p.latencies, took)
		}
		p.mu.Unlock()
	}
}

func addUp(pairs []*pair, took time.Duration) result {
	sum := result{Seconds: took.Seconds()}
	var all []time.Duration
	for _, p := range pairs {
		p.mu.Lock()
		sum.Sent += p.sent
		sum.Delivered += p.delivered
		sum.Bytes += p.bytes
		all = append(all, p.latencies...)
		p.mu.Unlock()
	}
	slices.Sort(all)
	at := func(part float64) float64 {
		if len(all) == 0 {
			return 0
		}
		return float64(all[int(part*float64(len(all)-1))]) / float64(time.Millisecond)
	}
	sum.P50, sum.P99, sum.P999 = at(0.5), at(0.99), at(0.999)
	return sum
}
