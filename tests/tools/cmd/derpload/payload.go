package main

import (
	"crypto/rand"
	"encoding/binary"
	"hash/crc32"
	mrand "math/rand/v2"

	"tailscale.com/disco"
)

// A payload looks like a WireGuard data packet (or a disco one) to a relay, and carries a number and a checksum when it has
// room, so that the receiver sees damage, repetition and disorder:
//
//	4 bytes 04 00 00 00 · "load" · number (8) · CRC-32 of all but itself (4) · noise
const (
	wireguardData = "\x04\x00\x00\x00"
	marker        = "load"
	headerLen     = 20
)

var noise = func() []byte {
	b := make([]byte, 1<<17)
	rand.Read(b)
	return b
}()

func fillPayload(b []byte, seq uint64, looksDisco bool) {
	off := mrand.IntN(len(noise) - 1<<16)
	copy(b, noise[off:])
	if looksDisco {
		copy(b, disco.Magic)
		return
	}
	copy(b, wireguardData)
	if len(b) < headerLen {
		return
	}
	copy(b[4:], marker)
	binary.BigEndian.PutUint64(b[8:], seq)
	binary.BigEndian.PutUint32(b[16:], checksum(b))
}

func checksum(b []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(b[:16]), crc32.IEEETable, b[headerLen:])
}

type payloadState int

const (
	payloadForeign payloadState = iota // not numbered, or not ours
	payloadGood
	payloadBad
)

func readPayload(b []byte) (seq uint64, state payloadState) {
	if len(b) < headerLen || string(b[:4]) != wireguardData || string(b[4:8]) != marker {
		return 0, payloadForeign
	}
	if binary.BigEndian.Uint32(b[16:]) != checksum(b) {
		return 0, payloadBad
	}
	return binary.BigEndian.Uint64(b[8:]), payloadGood
}
