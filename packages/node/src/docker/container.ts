import { createHash } from "node:crypto";
import { pack } from "tar-stream";

/** A port of the container, published on an address of the node. */
export interface PublishedPort {
  readonly address: string;
  readonly port: number;
  readonly containerPort: number;
  readonly protocol: "tcp" | "udp";
}

/** A container as it is to be: without new privileges and capabilities, its root read-only. */
export interface ContainerPlan {
  readonly instanceId: string;
  /** At which it is made. It is no part of what the container is: a later generation may go on in the same one. */
  readonly generation: number;
  readonly image: string;
  /** What follows the image's entrypoint. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Number of the user and of the group that the process has, and that its files belong to. */
  readonly user: number;
  /** Name of a network made by `ensureNetwork`. */
  readonly network: string;
  readonly ports: readonly PublishedPort[];
  /** Put into `folder` before the first start, readable by the user alone; gone with the container. */
  readonly files: { readonly folder: string; readonly contents: Readonly<Record<string, string>> };
  /** Folders in memory that the process may write to, with their size. */
  readonly temporaryBytes: Readonly<Record<string, number>>;
  readonly limits: { readonly cores: number; readonly memoryBytes: number; readonly processes: number };
  /** Whether Docker starts it again when it ends by itself or the machine was restarted. */
  readonly restart: "no" | "unless-stopped";
}

/** A container as it is. */
export interface Container {
  readonly id: string;
  readonly instanceId: string;
  /** At which it was made. */
  readonly generation: number;
  /** Equal to `specHash` of the plan it was made by. */
  readonly specHash: string;
  /** `created`: it never ran, so it may be without its files. */
  readonly state: "created" | "running" | "ended";
}

/** A container that was looked at closely. */
export interface ContainerDetails extends Container {
  /** The container's id and the time of its start: another one whenever its process is another one. */
  readonly run: string;
  /** In its network; "" while it does not run. */
  readonly address: string;
}

export const labels = {
  owner: "berth.owner",
  instance: "berth.instance",
  generation: "berth.generation",
  spec: "berth.spec",
} as const;

/** One name on the whole machine, so that no two agents run the same instance. */
export function nameOf(instanceId: string): string {
  return `berth-${instanceId}`;
}

/** Differs when the container would. Secrets among the files are in it only as a part of the hash. */
export function specHash({ generation: _, ...plan }: ContainerPlan): string {
  return createHash("sha256").update(JSON.stringify(plan)).digest("hex");
}

/** The plan as Docker's API takes it. The files have a volume of their own: nothing can be put under a read-only root. */
export function toCreate(plan: ContainerPlan, owner: string) {
  const key = ({ containerPort, protocol }: PublishedPort) => `${containerPort}/${protocol}`;
  return {
    name: nameOf(plan.instanceId),
    Image: plan.image,
    Cmd: [...plan.command],
    Env: Object.entries(plan.environment).map(([name, value]) => `${name}=${value}`),
    User: `${plan.user}:${plan.user}`,
    Labels: {
      [labels.owner]: owner,
      [labels.instance]: plan.instanceId,
      [labels.generation]: String(plan.generation),
      [labels.spec]: specHash(plan),
    },
    ExposedPorts: Object.fromEntries(plan.ports.map((port) => [key(port), {}])),
    HostConfig: {
      NetworkMode: plan.network,
      PortBindings: Object.fromEntries(
        plan.ports.map((port) => [key(port), [{ HostIp: port.address, HostPort: String(port.port) }]]),
      ),
      Mounts: [{ Type: "volume" as const, Target: plan.files.folder, Source: "", ReadOnly: false }],
      Tmpfs: Object.fromEntries(
        Object.entries(plan.temporaryBytes).map(([path, bytes]) => [path, `rw,noexec,nosuid,nodev,size=${bytes}`]),
      ),
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      Privileged: false,
      NanoCpus: Math.round(plan.limits.cores * 1e9),
      Memory: plan.limits.memoryBytes,
      MemorySwap: plan.limits.memoryBytes, // none beside the memory
      PidsLimit: plan.limits.processes,
      RestartPolicy: { Name: plan.restart },
      LogConfig: { Type: "json-file", Config: { "max-size": "1m", "max-file": "2" } },
    },
  };
}

/** The files of a plan as an archive to be unpacked in their folder. */
export async function toArchive({ files, user }: ContainerPlan): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files.contents)) {
    archive.entry({ name, mode: 0o400, uid: user, gid: user }, content);
  }
  archive.finalize();
  return Buffer.concat(await Array.fromAsync(archive as AsyncIterable<Buffer>));
}
