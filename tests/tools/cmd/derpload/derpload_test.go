package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"expvar"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tailscale.com/derp/derpserver"
	"tailscale.com/metrics"
	"tailscale.com/types/key"
)

// A relay is Tailscale's own server in this process, with a pinned certificate, whose connections a test can cut.
type relay struct {
	server  *derpserver.Server
	derpMap string

	mu    sync.Mutex
	conns []net.Conn
	deaf  bool // new connections are closed at once
}

func (r *relay) Accept(l net.Listener) (net.Conn, error) {
	for {
		c, err := l.Accept()
		if err != nil {
			return nil, err
		}
		r.mu.Lock()
		if !r.deaf {
			r.conns = append(r.conns, c)
			r.mu.Unlock()
			return c, nil
		}
		r.mu.Unlock()
		c.Close()
	}
}

type listener struct {
	net.Listener
	r *relay
}

func (l listener) Accept() (net.Conn, error) { return l.r.Accept(l.Listener) }

func (r *relay) cut(deaf bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		c.Close()
	}
	r.conns, r.deaf = nil, deaf
}

func (r *relay) counter(name string) int64 {
	n, err := strconv.ParseInt(r.server.ExpVar(false).(*metrics.Set).Get(name).(*expvar.Int).String(), 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func startRelay(t *testing.T) *relay {
	t.Helper()
	priv, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, priv.Public(), priv)
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{server: derpserver.New(key.NewNode(), t.Logf)}
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der, r.server.MetaCert()}, PrivateKey: priv}}}
	mux := http.NewServeMux()
	mux.Handle("/derp", derpserver.Handler(r.server))
	mux.HandleFunc("/derp/latency-check", derpserver.ProbeHandler)
	web := &http.Server{Handler: mux}
	go web.Serve(tls.NewListener(listener{tcp, r}, config))
	t.Cleanup(func() { web.Close(); r.server.Close() })
	r.derpMap = fmt.Sprintf(`{"OmitDefaultRegions":true,"Regions":{"900":{"RegionID":900,"RegionCode":"t","Nodes":[{"Name":"900a",`+
		`"RegionID":900,"HostName":"127.0.0.1","IPv4":"127.0.0.1","IPv6":"none","DERPPort":%d,"STUNPort":-1,"CertName":"sha256-raw:%x"}]}}}`,
		tcp.Addr().(*net.TCPAddr).Port, sha256.Sum256(der))
	return r
}

// A driver speaks to the program as a test in another language does.
type driver struct {
	t     *testing.T
	in    io.Writer
	lines *bufio.Scanner
	next  int
	kept  map[string]answer
}

func drive(t *testing.T) *driver {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	p := newProgram(ctx, outW)
	go func() {
		<-p.serve(inR)
		cancel()
	}()
	t.Cleanup(func() { inW.Close() })
	lines := bufio.NewScanner(outR)
	lines.Buffer(nil, 1<<20)
	return &driver{t: t, in: inW, lines: lines, kept: map[string]answer{}}
}

func (d *driver) start(format string, args ...any) string {
	d.t.Helper()
	d.next++
	id := fmt.Sprint(d.next)
	line := fmt.Sprintf(format, args...)
	fmt.Fprintf(d.in, `{"id":%s,%s`+"\n", id, strings.TrimPrefix(line, "{"))
	return id
}

func (d *driver) await(id string) answer {
	d.t.Helper()
	for d.kept[id] == nil {
		if !d.lines.Scan() {
			d.t.Fatal("no more answers")
		}
		a := answer{}
		decoder := json.NewDecoder(bytes.NewReader(d.lines.Bytes()))
		decoder.UseNumber()
		if err := decoder.Decode(&a); err != nil {
			d.t.Fatal(err)
		}
		d.t.Logf("%s", d.lines.Bytes())
		d.kept[fmt.Sprint(a["id"])] = a
	}
	return d.kept[id]
}

func (d *driver) ok(format string, args ...any) answer {
	d.t.Helper()
	a := d.await(d.start(format, args...))
	if a["ok"] != true {
		d.t.Fatalf("failed: %v", a)
	}
	return a
}

func (d *driver) counts(name string) map[string]any {
	d.t.Helper()
	return d.ok(`{"do":"stats","device":%q}`, name)["devices"].(map[string]any)[name].(map[string]any)
}

func num(v any) int64 {
	n, err := v.(json.Number).Int64()
	if err != nil {
		panic(err)
	}
	return n
}

func TestGracefulReconnectsLeaveNothingUnsure(t *testing.T) {
	r, d := startRelay(t), drive(t)
	for _, name := range []string{"a", "b"} {
		d.ok(`{"do":"key","device":%q}`, name)
		d.ok(`{"do":"connect","device":%q,"region":900,"derpMap":%s}`, name, r.derpMap)
	}
	for range 5 {
		d.ok(`{"do":"send","device":"a","to":"b","packets":200,"bytes":1200}`)
		d.ok(`{"do":"close","device":"a","flush":true}`)
		d.ok(`{"do":"connect","device":"a","region":900,"derpMap":%s}`, r.derpMap)
	}
	c := d.counts("a")
	if num(c["sentPackets"]) != 1000 || num(c["sentBytes"]) != 1_200_000 || num(c["unsureBytes"]) != 0 || num(c["failedBytes"]) != 0 {
		t.Errorf("counts: %v", c)
	}
	if got := r.counter("packets_received"); got != 1000 {
		t.Errorf("the server read %d packets", got)
	}
	if got := r.counter("bytes_received"); got != 1_200_000 {
		t.Errorf("the server read %d bytes", got)
	}
}

func TestTrafficOverGracefulReconnectsIsExact(t *testing.T) {
	r, d := startRelay(t), drive(t)
	for _, name := range []string{"a", "b"} {
		d.ok(`{"do":"key","device":%q}`, name)
		d.ok(`{"do":"connect","device":%q,"region":900,"derpMap":%s}`, name, r.derpMap)
	}
	d.ok(`{"do":"traffic","pairs":[["a","b"]],"seconds":60,"bytes":900,"pps":2000}`)
	for range 5 {
		time.Sleep(50 * time.Millisecond)
		d.ok(`{"do":"close","device":"a","flush":true}`)
		d.ok(`{"do":"connect","device":"a","region":900,"derpMap":%s}`, r.derpMap)
	}
	devices := d.ok(`{"do":"stop"}`)["devices"].(map[string]any)
	var sent int64
	for name, c := range devices {
		c := c.(map[string]any)
		sent += num(c["sentBytes"])
		if num(c["unsureBytes"]) != 0 || num(c["pendingBytes"]) != 0 {
			t.Errorf("%s: %v", name, c)
		}
	}
	if got := r.counter("bytes_received"); got != sent || sent == 0 {
		t.Errorf("the server read %d bytes, the devices sent %d", got, sent)
	}
}

func TestTrafficSurvivesBreaks(t *testing.T) {
	r, d := startRelay(t), drive(t)
	for _, name := range []string{"a", "b", "c"} {
		d.ok(`{"do":"key","device":%q}`, name)
		d.ok(`{"do":"connect","device":%q,"region":900,"derpMap":%s}`, name, r.derpMap)
	}
	d.ok(`{"do":"traffic","pairs":[["a","b"],["b","c"]],"seconds":60,"bytes":900,"pps":2000,"flushEvery":20}`)
	for range 5 {
		time.Sleep(200 * time.Millisecond)
		r.cut(true)
		time.Sleep(50 * time.Millisecond)
		r.cut(false)
	}
	time.Sleep(500 * time.Millisecond)
	devices := d.ok(`{"do":"stop"}`)["devices"].(map[string]any)
	var sent, unsure int64
	for name, c := range devices {
		c := c.(map[string]any)
		sent += num(c["sentPackets"])
		unsure += num(c["unsurePackets"])
		if num(c["pendingBytes"]) != 0 || num(c["longestGapMs"]) < 40 || num(c["breaks"]) < 3 || num(c["corruptPackets"]) != 0 {
			t.Errorf("%s: %v", name, c)
		}
	}
	if got := r.counter("packets_received"); got < sent || got > sent+unsure || unsure == 0 {
		t.Errorf("the server read %d packets; %d were sent, %d perhaps", got, sent, unsure)
	}
}

func TestUnflushedIsUnsure(t *testing.T) {
	r, d := startRelay(t), drive(t)
	d.ok(`{"do":"key","device":"a"}`)
	d.ok(`{"do":"connect","device":"a","region":900,"derpMap":%s}`, r.derpMap)
	d.ok(`{"do":"send","device":"a","to":"a","packets":10,"bytes":100,"flush":true}`)
	d.ok(`{"do":"send","device":"a","to":"a","packets":7,"bytes":100}`)
	if c := d.counts("a"); num(c["sentBytes"]) != 1000 || num(c["pendingBytes"]) != 700 {
		t.Errorf("before: %v", c)
	}
	closed := d.start(`{"do":"expectClosed","device":"a","within":5000}`)
	r.cut(false)
	if a := d.await(closed); a["ok"] != true {
		t.Errorf("not closed: %v", a)
	}
	d.await(d.start(`{"do":"close","device":"a"}`))
	if c := d.counts("a"); num(c["sentBytes"]) != 1000 || num(c["unsureBytes"]) != 700 || num(c["pendingBytes"]) != 0 {
		t.Errorf("after: %v", c)
	}
}

func TestThePinIsVerified(t *testing.T) {
	r, d := startRelay(t), drive(t)
	d.ok(`{"do":"key","device":"a"}`)
	d.ok(`{"do":"latency","region":900,"derpMap":%s}`, r.derpMap)
	at := strings.Index(r.derpMap, "sha256-raw:") + len("sha256-raw:")
	wrong := r.derpMap[:at] + strings.Repeat("0", 64) + r.derpMap[at+64:]
	for _, command := range []string{
		fmt.Sprintf(`{"do":"connect","device":"a","region":900,"derpMap":%s}`, wrong),
		fmt.Sprintf(`{"do":"latency","region":900,"derpMap":%s}`, wrong),
		fmt.Sprintf(`{"do":"connect","device":"a","region":900,"derpMap":%s}`,
			strings.Replace(r.derpMap, `"IPv6"`, `"InsecureForTests":true,"IPv6"`, 1)),
	} {
		if a := d.await(d.start("%s", command)); a["ok"] != false {
			t.Errorf("passed: %v", a)
		}
	}
	r.cut(true)
	if a := d.await(d.start(`{"do":"connect","device":"a","region":900,"derpMap":%s}`, r.derpMap)); a["ok"] != false {
		t.Errorf("connected to nothing: %v", a)
	}
}
