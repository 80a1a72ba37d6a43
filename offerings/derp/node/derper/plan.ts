import { createHmac, createPrivateKey, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { Refusal } from "@berth/kit";
import type { ContainerPlan } from "@berth/node/docker";
import type { DerpSpec } from "../../spec.ts";

/** What the agent alone knows of a derper. */
export interface Secrets {
  /** Lets in as a peer of the mesh. 64 hex digits, as derper demands. */
  readonly meshKey: string;
  /** Opens the pages under /debug. */
  readonly debugKey: string;
  /** Of its verify URL. */
  readonly doorPath: string;
}

export interface PlanInput {
  readonly instanceId: string;
  readonly generation: number;
  readonly spec: DerpSpec;
  readonly image: string;
  /** Address of the node that the port is published on. */
  readonly host: string;
  readonly network: string;
  readonly verifyUrl: string;
}

/** Made from the instance's own key, so that an agent that was restarted has them again without keeping them. */
export function secretsOf(instanceId: string, { derpKey }: DerpSpec): Secrets {
  const make = (use: string) => createHmac("sha256", derpKey).update(`berth derper ${use} ${instanceId}`).digest("hex");
  return { meshKey: make("mesh"), debugKey: make("debug"), doorPath: make("door") };
}

const folder = "/berth";
/** Nobody's, in the image and on the node. */
const user = 65_532;
/** derper takes 10 MB and some 50 KB for each connection (1.102). */
const memoryMb = 256;

/** The container of an instance. Devices and allowance are no part of it: they change without a restart. */
export function toPlan({ instanceId, generation, spec, image, host, network, verifyUrl }: PlanInput): ContainerPlan {
  const { meshKey, debugKey } = secretsOf(instanceId, spec);
  const hostname = hostnameOf(spec);
  const fileName = hostname.replace(/[^a-zA-Z0-9-.]/g, ""); // as derper looks for it
  return {
    instanceId,
    generation,
    image,
    network,
    user,
    command: [
      ...["-a", `:${spec.port}`, "-http-port", "-1", "-stun=false", "-home", "blank"],
      ...["-c", `${folder}/derper.json`, "-mesh-psk-file", `${folder}/mesh.key`],
      ...["-certmode", "manual", "-certdir", folder, "-hostname", hostname],
      ...["-verify-client-url", verifyUrl, "-verify-client-url-fail-open=false"],
    ],
    environment: { TS_DEBUG_KEY_PATH: `${folder}/debug.key`, GOMEMLIMIT: `${memoryMb - 32}MiB` },
    ports: [{ address: host, port: spec.port, containerPort: spec.port, protocol: "tcp" }],
    files: {
      folder,
      contents: {
        "derper.json": JSON.stringify({ PrivateKey: spec.derpKey }),
        "mesh.key": meshKey,
        "debug.key": debugKey,
        [`${fileName}.crt`]: spec.certificate,
        [`${fileName}.key`]: spec.privateKey,
      },
    },
    temporaryBytes: {},
    limits: { cores: 1, memoryBytes: memoryMb * 1_048_576, processes: 128 },
    // Only the agent starts it: without an agent nobody is admitted anyway, and what used its allowance up must stay down.
    restart: "no",
  };
}

/** What the certificate names, which derper wants to be told. Throws a Refusal when derper could not serve with it. */
function hostnameOf({ certificate, privateKey }: DerpSpec): string {
  try {
    const leaf = new X509Certificate(certificate);
    const name = leaf.subjectAltName?.match(/^(?:IP Address|DNS):([^,]+)/)?.[1];
    if (name && leaf.checkPrivateKey(createPrivateKey(privateKey))) return name;
  } catch {
    // not a certificate or not a key
  }
  throw new Refusal(
    "invalid",
    "derper.bad_spec",
    "derper needs a certificate that names its host, and its private key",
  );
}

/** What a client that connects to it by another address has to ask for in TLS. */
export function serverNameOf(spec: DerpSpec): string | undefined {
  const hostname = hostnameOf(spec);
  return isIP(hostname) ? undefined : hostname;
}
