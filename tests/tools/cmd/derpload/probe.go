package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"

	"tailscale.com/derp/derphttp"
	"tailscale.com/net/netcheck"
	"tailscale.com/net/stun"
)

// doSTUN asks as netcheck does: the same request, up to three times, 100 ms apart.
func doSTUN(ctx context.Context, c *command) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.within(3*time.Second))
	defer cancel()
	if c.Port == 0 {
		c.Port = 3478
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "udp", net.JoinHostPort(c.Host, fmt.Sprint(c.Port)))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	context.AfterFunc(ctx, func() { conn.Close() })

	sentAt := map[stun.TxID]time.Time{}
	buf := make([]byte, 1500)
	deadline, _ := ctx.Deadline()
	for ctx.Err() == nil {
		wait := deadline
		if len(sentAt) < 3 {
			tx := stun.NewTxID()
			sentAt[tx] = time.Now()
			if _, err := conn.Write(stun.Request(tx)); err != nil {
				return nil, err
			}
			wait = time.Now().Add(100 * time.Millisecond)
		}
		conn.SetReadDeadline(wait)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				var ne net.Error
				if errors.As(err, &ne) && ne.Timeout() {
					break
				}
				return nil, err
			}
			tx, mapped, err := stun.ParseResponse(buf[:n])
			at, asked := sentAt[tx]
			if err != nil || !asked {
				continue
			}
			return answer{"mapped": mapped.String(), "local": conn.LocalAddr().String(), "requests": len(sentAt),
				"ms": float64(time.Since(at).Microseconds()) / 1000}, nil
		}
	}
	return answer{"requests": len(sentAt)}, errTimeout
}

// doLatency is netcheck's HTTPS measurement, with its verification of the certificate.
func doLatency(ctx context.Context, c *command) (answer, error) {
	region, err := c.derpRegion()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.within(5*time.Second))
	defer cancel()
	start := time.Now()
	conn, tcp, node, err := derphttp.NewNetcheckClient(logf, netMonger).DialRegionTLS(ctx, region)
	if err != nil {
		return nil, err
	}
	defer tcp.Close()
	only := make(chan *tls.Conn, 1)
	only <- conn
	client := &http.Client{Transport: &http.Transport{
		DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
			select {
			case c := <-only:
				return c, nil
			default:
				return nil, errors.New("only one connection expected")
			}
		},
	}}
	req, err := http.NewRequestWithContext(ctx, "GET", "https://"+node.HostName+"/derp/latency-check", nil)
	if err != nil {
		return nil, err
	}
	asked := time.Now()
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	took := time.Since(asked)
	a := answer{"node": node.Name, "status": resp.StatusCode, "ms": float64(took.Microseconds()) / 1000,
		"dialMs": float64(asked.Sub(start).Microseconds()) / 1000}
	if resp.StatusCode > 299 {
		return a, fmt.Errorf("unexpected status: %s", resp.Status)
	}
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 8<<10))
	return a, err
}

// doNetcheck is a client's whole report on a map: what it measures, and which region it would make its home.
func doNetcheck(ctx context.Context, c *command) (answer, error) {
	dm, err := c.derpMap()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.within(10*time.Second))
	defer cancel()
	client := &netcheck.Client{NetMon: netMonger, Logf: logf, Verbose: *verbose, SkipExternalNetwork: true}
	if err := client.Standalone(ctx, ":0"); err != nil {
		return nil, err
	}
	report, err := client.GetReport(ctx, dm, nil)
	if err != nil {
		return nil, err
	}
	latency := map[string]float64{}
	for region, d := range report.RegionLatency {
		latency[fmt.Sprint(region)] = float64(d.Microseconds()) / 1000
	}
	a := answer{"udp": report.UDP, "home": report.PreferredDERP, "latencyMs": latency}
	if report.GlobalV4 != (netip.AddrPort{}) {
		a["mapped"] = report.GlobalV4.String()
	}
	return a, nil
}
