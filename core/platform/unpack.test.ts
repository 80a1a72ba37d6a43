import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { crc32, deflateRawSync } from "node:zlib";
import { receiveUpload, type UnpackLimits, unpackZip } from "./unpack.ts";

interface Part {
  readonly name: string;
  readonly content?: Uint8Array | string;
  /** As Unix has it, with the type of file. */
  readonly mode?: number;
  readonly flags?: number;
  /** What the archive says the content has. */
  readonly claims?: number;
}

/** An archive that says whatever a test wants. */
function zipOf(parts: readonly Part[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content = "", mode = 0o100644, flags = 0x800, claims } of parts) {
    const [title, bytes] = [Buffer.from(name), Buffer.from(content as string)];
    const packed = deflateRawSync(bytes);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(flags, 2);
    shared.writeUInt16LE(8, 4);
    shared.writeUInt32LE(crc32(bytes), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(claims ?? bytes.length, 18);
    shared.writeUInt16LE(title.length, 22);
    const local = Buffer.concat([Buffer.from("504b0304", "hex"), shared, title, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("504b01021403", "hex"), shared, tail, title]));
    files.push(local);
    offset += local.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("504b0506", "hex");
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, listing, end]);
}

let folder: string;
let count = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-unpack-"));
});
after(() => rm(folder, { recursive: true }));

async function unpack(archive: Buffer, limits: Partial<UnpackLimits> = {}) {
  const path = join(folder, `archive${++count}.zip`);
  const target = join(folder, `out${count}`);
  await writeFile(path, archive);
  return { target, unpacked: await unpackZip(path, target, limits) };
}

/** Refused, and nothing is left, inside or outside of the folder. */
async function assertRefused(archive: Buffer, why: RegExp, limits: Partial<UnpackLimits> = {}): Promise<void> {
  const before = await readdir(folder);
  await assert.rejects(unpack(archive, limits), (error: Error) => {
    assert.match(error.message, why);
    return error.message.startsWith("this archive can't be taken");
  });
  const left = (await readdir(folder)).filter((name) => !before.includes(name));
  assert.deepEqual(left, [`archive${count}.zip`]);
}

test("plain files and folders come out as they went in, readable by their owner only", async () => {
  const inner = zipOf([{ name: "in.txt", content: "x" }]);
  const parts = [
    { name: "a.txt", content: "alpha" },
    { name: "folder/", mode: 0o040755 },
    { name: "folder/ünï.bin", content: randomBytes(70_000) },
    { name: "deep/er/inner.zip", content: inner, mode: 0o100755 },
    { name: "empty", mode: 0 },
  ];
  const { target, unpacked } = await unpack(zipOf(parts));
  assert.deepEqual(
    unpacked.map(({ bytes }) => bytes),
    [5, 70_000, inner.length, 0],
  );
  assert.equal(await readFile(join(target, "a.txt"), "utf8"), "alpha");
  assert.deepEqual(await readFile(join(target, "deep/er/inner.zip")), inner, "an archive inside stays one");
  assert.equal((await stat(join(target, "deep/er/inner.zip"))).mode & 0o777, 0o600);
  assert.equal((await stat(join(target, "deep"))).mode & 0o777, 0o700);
});

test("no name leads out of the folder", async () => {
  const names = [
    "../up",
    "a/../../up",
    "/etc/passwd",
    "..",
    "a/..",
    "./a",
    "a//b",
    "C:/windows",
    "c:x",
    "..\\up",
    "a\\b",
  ];
  for (const name of [...names, "a/./b", "nul\0name", "line\nbreak", "", `${"x".repeat(256)}`, `${"a/".repeat(600)}b`])
    await assertRefused(zipOf([{ name, content: "x" }]), /name|path|characters/i);
});

test("links, devices and pipes are refused, and so is writing through them", async () => {
  for (const mode of [0o120777, 0o020666, 0o060666, 0o010666, 0o140777])
    await assertRefused(zipOf([{ name: "odd", content: "/etc", mode }]), /"odd" is no plain file/);
  const through = [
    { name: "out", content: "/tmp", mode: 0o120777 },
    { name: "out/file", content: "x" },
  ];
  await assertRefused(zipOf(through), /no plain file/);
});

test("a name that is there twice, in whatever case, or as file and folder, is refused", async () => {
  for (const [one, other] of [
    ["a", "a"],
    ["a", "A"],
    ["\u00e9", "e\u0301"],
    ["a", "a/b"],
    ["a/b", "a"],
    ["a", "a/"],
  ])
    await assertRefused(
      zipOf([
        { name: String(one), content: "1" },
        { name: String(other), content: "2" },
      ]),
      /./,
    );
});

test("a bomb is stopped by what comes out of it, whatever it says", async () => {
  const zeros = Buffer.alloc(3_000_000);
  await assertRefused(zipOf([{ name: "bomb", content: zeros }]), /unpacks to over/);
  await assertRefused(zipOf([{ name: "liar", content: zeros, claims: 10 }]), /unpacks to over|too many bytes/);
  const many = Array.from({ length: 40 }, (_, n) => ({ name: `part${n}`, content: Buffer.alloc(200_000) }));
  await assertRefused(zipOf(many), /unpacks to over/);
  // With the bound off it comes out whole: this is what the bound holds back.
  const { unpacked } = await unpack(zipOf([{ name: "bomb", content: zeros }]), { mostRatio: 10_000 });
  assert.equal(unpacked[0]?.bytes, 3_000_000);
});

test("an archive has so many bytes and entries and no more", async () => {
  const entries = (count: number) => zipOf(Array.from({ length: count }, (_, n) => ({ name: `f${n}`, content: "x" })));
  assert.equal((await unpack(entries(20), { mostEntries: 20 })).unpacked.length, 20);
  await assertRefused(entries(21), /over 20 entries/, { mostEntries: 20 });
  await assertRefused(entries(10_001), /over 10000 entries/);
  await assertRefused(entries(21), /over 20 bytes/, { mostBytes: 20 });
});

test("what is encrypted, broken, cut short or no archive at all is refused", async () => {
  await assertRefused(zipOf([{ name: "secret", content: "x", flags: 0x801 }]), /encrypted/);
  const good = zipOf([{ name: "a", content: "content that is long enough" }]);
  for (const length of [0, 10, good.length - 1, good.length - 30]) await assertRefused(good.subarray(0, length), /./);
  await assertRefused(Buffer.from("hello"), /./);
  const broken = Buffer.from(good);
  broken[35] = (broken[35] as number) ^ 0xff;
  await assertRefused(broken, /damaged|invalid/);
});

test("a folder that is there already is left alone", async () => {
  const path = join(folder, "mine.zip");
  await writeFile(path, zipOf([{ name: "a", content: "x" }]));
  const { target } = await unpack(zipOf([{ name: "mine", content: "x" }]));
  await assert.rejects(unpackZip(path, target), /EEXIST/);
  assert.deepEqual(await readdir(target), ["mine"]);
});

test("an upload is written as it comes, bounded, and never over another", async () => {
  const path = join(folder, "upload");
  const chunks = (count: number) => Readable.from(Array.from({ length: count }, () => Buffer.alloc(1_000)));
  assert.equal(await receiveUpload(chunks(10), path, { mostBytes: 10_000 }), 10_000);
  await assert.rejects(receiveUpload(chunks(1), path), /EEXIST/);
  assert.equal((await stat(path)).size, 10_000);
  const large = join(folder, "large");
  await assert.rejects(receiveUpload(chunks(11), large, { mostBytes: 10_000 }), /over 10000 bytes/);
  const cut = Readable.from(
    (async function* () {
      yield Buffer.alloc(10);
      throw new Error("the client went away");
    })(),
  );
  await assert.rejects(receiveUpload(cut, large), /went away/);
  assert.ok(!(await readdir(folder)).includes("large"), "nothing is left of what failed");
});
