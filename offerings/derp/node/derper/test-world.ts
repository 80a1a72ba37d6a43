import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newKeyPair } from "@berth/derp";
import type { Driver } from "@berth/offering";
import { DerpClient } from "@berth/relay";
import type { DerpSpec } from "../../spec.ts";
import { derperDriver } from "./derper-driver.ts";
import { TestEngine } from "./test-engine.ts";
import { makeTestSpec, type TestSpec } from "./test-spec.ts";

/** A folder of an agent, a Docker Engine that can go away, and places for instances. */
export class TestWorld {
  readonly folder: string;
  readonly engine: TestEngine;
  readonly #image: string;
  readonly #specs: readonly TestSpec[];

  /** `image`: of derper. */
  static async start(image: string, ports: readonly number[]): Promise<TestWorld> {
    const folder = await mkdtemp(join(tmpdir(), "derper-"));
    const specs = await Promise.all(ports.map((port) => makeTestSpec(port)));
    return new TestWorld(folder, await TestEngine.start(folder), image, specs);
  }

  private constructor(folder: string, engine: TestEngine, image: string, specs: readonly TestSpec[]) {
    this.folder = folder;
    this.engine = engine;
    this.#image = image;
    this.#specs = specs;
  }

  get options() {
    return { socketPath: this.engine.socketPath, image: this.#image, host: "127.0.0.1", folder: this.folder };
  }

  /** A new one finds what those before it left. */
  startDriver(): Driver<DerpSpec> {
    return derperDriver(this.options);
  }

  at(place: number): TestSpec {
    return this.#specs[place] ?? this.#specs[0]!;
  }

  /** As somebody who is registered there, or as a stranger. */
  connect(place: number, keys = newKeyPair()): Promise<DerpClient> {
    const { spec, pin } = this.at(place);
    return DerpClient.connect({ host: "127.0.0.1", port: spec.port, pin, keys });
  }

  /** Takes the port away; what is returned gives it back. */
  async occupy(place: number): Promise<() => Promise<void>> {
    const server = createServer().listen(this.at(place).spec.port, "127.0.0.1");
    await once(server, "listening");
    return async () => {
      server.close();
      await once(server, "close");
    };
  }

  async stop(): Promise<void> {
    await this.engine.stop();
    await rm(this.folder, { recursive: true });
  }
}
