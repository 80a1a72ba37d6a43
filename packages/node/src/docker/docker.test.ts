import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { newId, Refusal } from "@berth/kit";
import { need } from "../../../../tests/require.ts";
import { derperImage } from "../../../../tests/support/derper-image.ts";
import { nextTestPort } from "../../../../tests/support/ports.ts";
import { type ContainerPlan, labels, nameOf } from "./container.ts";
import { Engine } from "./engine.ts";
import { follow } from "./follow.ts";

const socketPath = "/var/run/docker.sock";
const network = "berth-test";

/** An engine for an owner of its own, and a plan of something that runs. What is left over goes after the test. */
async function setUp(t: TestContext) {
  const engine = new Engine({ socketPath, owner: newId("owner") });
  t.after(async () => {
    for (const { instanceId } of await engine.list()) await engine.remove(instanceId);
  });
  const port = nextTestPort();
  const plan: ContainerPlan = {
    instanceId: newId("instance"),
    generation: 3,
    image: await derperImage(),
    command: ["-dev", "-a", `:${port}`, "-stun=false", "-mesh-psk-file", "/berth/mesh.key"],
    environment: { GOMEMLIMIT: "48MiB" },
    user: 65_532,
    network,
    ports: [{ address: "127.0.0.1", port, containerPort: port, protocol: "tcp" }],
    files: { folder: "/berth", contents: { "mesh.key": "ab".repeat(32) } },
    temporaryBytes: { "/scratch": 65_536 },
    limits: { cores: 0.5, memoryBytes: 64 * 1_048_576, processes: 32 },
    restart: "no",
  };
  await engine.ensureNetwork(network);
  return { engine, plan, port };
}

const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();

function refusedWith(code: string) {
  return (error: unknown) => error instanceof Refusal && error.code === code;
}

test("a container has its limits, its files and nothing it does not need", async (t) => {
  if (!need(t, "docker") || !need(t, "go")) return;
  const { engine, plan, port } = await setUp(t);
  const { id, state, generation, address } = await engine.ensure(plan);
  assert.deepEqual([state, generation], ["running", 3]);
  assert.match(address, /^\d+\.\d+\.\d+\.\d+$/);
  const [{ HostConfig: host, Config: config, Mounts: mounts }] = JSON.parse(docker("inspect", nameOf(plan.instanceId)));
  assert.deepEqual([host.NanoCpus, host.Memory, host.MemorySwap, host.PidsLimit], [5e8, 67_108_864, 67_108_864, 32]);
  assert.deepEqual([host.ReadonlyRootfs, host.Privileged, host.CapDrop], [true, false, ["ALL"]]);
  assert.deepEqual(host.SecurityOpt, ["no-new-privileges"]);
  assert.deepEqual(host.PortBindings, { [`${port}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: String(port) }] });
  assert.deepEqual(Object.keys(host.Tmpfs), ["/scratch"]);
  assert.equal(config.User, "65532:65532");
  assert.equal(config.Labels[labels.instance], plan.instanceId);
  const tar = execFileSync("docker", ["cp", `${id}:/berth/mesh.key`, "-"]).toString("latin1");
  assert.match(tar.slice(100, 124), /^0*100400\0|^0*400\0/); // the mode, as tar has it
  await engine.remove(plan.instanceId);
  assert.deepEqual(await engine.list(), []);
  assert.ok(!docker("volume", "ls", "-q").includes(mounts[0].Name), "the files are gone");
  await engine.remove(plan.instanceId);
});

test("ensuring again changes nothing, a later generation neither; another plan is another container", async (t) => {
  if (!need(t, "docker") || !need(t, "go")) return;
  const { engine, plan } = await setUp(t);
  const { run } = await engine.ensure(plan);
  assert.equal((await engine.ensure(plan)).run, run);
  assert.equal((await engine.ensure({ ...plan, generation: 4 })).run, run);
  const changed = await engine.ensure({ ...plan, environment: { GOMEMLIMIT: "40MiB" } });
  assert.notEqual(changed.id.slice(0, 12), run.slice(0, 12));
  assert.equal((await engine.list()).length, 1);
});

test("a container that ended is started again, and that is another run", async (t) => {
  if (!need(t, "docker") || !need(t, "go")) return;
  const { engine, plan } = await setUp(t);
  const { id, run } = await engine.ensure(plan);
  await engine.stop(plan.instanceId);
  await engine.stop(plan.instanceId);
  assert.equal((await engine.find(plan.instanceId))?.state, "ended");
  const again = await engine.ensure(plan);
  assert.deepEqual([again.id, again.state, again.run === run], [id, "running", false]);
  assert.match(await engine.lastWords(plan.instanceId), /dev mode|serving|derper/);
});

test("a container that was made by an agent killed before it put the files in is made anew", async (t) => {
  if (!need(t, "docker") || !need(t, "go")) return;
  const { engine, plan } = await setUp(t);
  const { id, specHash } = await engine.ensure(plan);
  const [{ Config: config }] = JSON.parse(docker("inspect", id));
  await engine.remove(plan.instanceId);
  const given = Object.entries(config.Labels).flatMap(([name, value]) => ["--label", `${name}=${value}`]);
  docker("create", "--name", nameOf(plan.instanceId), ...given, plan.image);
  assert.deepEqual(
    (await engine.list()).map(({ state, specHash }) => [state, specHash]),
    [["created", specHash]],
  );
  assert.equal((await engine.ensure(plan)).state, "running");
});

test("a port that is taken is said, and leaves nothing behind", async (t) => {
  if (!need(t, "docker") || !need(t, "go")) return;
  const { engine, plan, port } = await setUp(t);
  const other = createServer().listen(port, "127.0.0.1");
  await once(other, "listening");
  await assert.rejects(engine.ensure(plan), refusedWith("docker.port_in_use"));
  assert.deepEqual(await engine.list(), []);
  other.close();
  await once(other, "close");
  await engine.ensure(plan);
  const second = { ...plan, instanceId: newId("instance") };
  await assert.rejects(engine.ensure(second), refusedWith("docker.port_in_use"));
});

test("an image that is not there, and a name that somebody else has, are said", async (t) => {
  if (!need(t, "docker") || !need(t, "go")) return;
  const { engine, plan } = await setUp(t);
  await assert.rejects(engine.ensure({ ...plan, image: "berth-test/nothing:1" }), refusedWith("docker.no_image"));
  await engine.ensure(plan);
  const other = new Engine({ socketPath, owner: "another" });
  assert.deepEqual(await other.list(), []);
  await assert.rejects(other.ensure(plan), refusedWith("docker.not_ours"));
  await assert.rejects(other.remove(plan.instanceId), refusedWith("docker.not_ours"));
});

test("what happens to containers of the owner is told, and to others' not", async (t) => {
  if (!need(t, "docker") || !need(t, "go")) return;
  const { engine, plan } = await setUp(t);
  let heard = 0;
  const stop = follow(engine, () => heard++);
  t.after(stop);
  const next = async (what: () => Promise<unknown>) => {
    const before = heard;
    await what();
    while (heard === before) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await next(async () => {}); // that it listens
  await next(() => engine.ensure(plan));
  await next(async () => docker("kill", nameOf(plan.instanceId)));
});

test("an engine that is not there is refused at once, one that is silent in time", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "docker-silent-"));
  const silent = createServer((socket) => socket.on("error", () => {})).listen(join(folder, "docker.sock"));
  await once(silent, "listening");
  t.after(async () => {
    silent.close();
    await rm(folder, { recursive: true });
  });
  const absent = new Engine({ socketPath: join(folder, "nothing.sock"), owner: "somebody" });
  await assert.rejects(absent.list(), refusedWith("docker.unreachable"));
  await assert.rejects(absent.find("instance_1"), refusedWith("docker.unreachable"));
  const mute = new Engine({ socketPath: join(folder, "docker.sock"), owner: "somebody", timeoutMs: 100 });
  const startedAt = performance.now();
  await assert.rejects(mute.list(), refusedWith("docker.timeout"));
  await assert.rejects(mute.ensureNetwork(network), refusedWith("docker.timeout"));
  assert.ok(performance.now() - startedAt < 2_000);
});
