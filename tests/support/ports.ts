/** Ports of one test file: the run gives each file its own; a file that runs alone takes some by its process id. */
const first = Number(process.env.BERTH_TEST_PORTS ?? 20_000 + (process.pid % 60) * 200);
let taken = 0;

/** A port of 127.0.0.1 that no other test file uses, below the range that the kernel gives to outgoing connections. */
export function nextTestPort(): number {
  taken += 1;
  return first + taken;
}
