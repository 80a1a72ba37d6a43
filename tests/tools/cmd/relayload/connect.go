package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
	"tailscale.com/derp"
	"tailscale.com/types/key"
)

// atOnce is how many log in together: servers hold back crowds of those who have not.
const atOnce = 32

const patience = 30 * time.Second

// connectAll logs everybody in and names the cipher suite, which is the same for all.
func connectAll(p *plan) ([]*pair, string, error) {
	clients := make([]*client, 2*p.Pairs+p.Idle)
	suites := make([]string, len(clients))
	group, ctx := errgroup.WithContext(context.Background())
	group.SetLimit(atOnce)
	for i := range clients {
		at := p.Doors[i/2%len(p.Doors)]
		group.Go(func() (err error) {
			clients[i], suites[i], err = connect(ctx, at, p.Keys[i])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, "", err
	}
	for _, idle := range clients[2*p.Pairs:] {
		go drain(idle)
	}
	pairs := make([]*pair, p.Pairs)
	for i := range pairs {
		pairs[i] = &pair{from: clients[2*i], to: clients[2*i+1]}
		go drain(pairs[i].from)
	}
	return pairs, suites[0], nil
}

// drain reads what comes and leaves it: keep-alives of those who only send, or do nothing.
func drain(c *client) {
	for {
		if _, err := c.Recv(); err != nil {
			return
		}
	}
}

// connect does what derphttp.Client does, without its own ideas of when to dial again.
func connect(ctx context.Context, at door, priv key.NodePrivate) (*client, string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}}
	raw, err := dialer.DialContext(ctx, "tcp", at.Address)
	if err != nil {
		return nil, "", err
	}
	conn := raw.(*tls.Conn)
	conn.SetDeadline(time.Now().Add(patience))
	wire := bufio.NewReadWriter(bufio.NewReader(conn), bufio.NewWriter(conn))
	if err := upgrade(wire, at); err != nil {
		conn.Close()
		return nil, "", err
	}
	logf := func(string, ...any) {}
	derpClient, err := derp.NewClient(priv, conn, wire, logf)
	if err != nil {
		conn.Close()
		return nil, "", err
	}
	if _, err := derpClient.Recv(); err != nil { // ServerInfo: let in
		conn.Close()
		return nil, "", err
	}
	conn.SetDeadline(time.Time{})
	suite := tls.CipherSuiteName(conn.ConnectionState().CipherSuite)
	return &client{Client: derpClient, key: priv.Public(), close: conn.Close}, suite, nil
}

func upgrade(wire *bufio.ReadWriter, at door) error {
	host, _, err := net.SplitHostPort(at.Address)
	if err != nil {
		return err
	}
	fmt.Fprintf(wire, "GET /derp HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: DERP\r\n\r\n", host)
	if err := wire.Flush(); err != nil {
		return err
	}
	answer, err := http.ReadResponse(wire.Reader, nil)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("%s answered %s", at.Address, answer.Status)
	}
	return nil
}
