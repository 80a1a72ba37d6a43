import type { Lease } from "@berth/ui/offering/console-part.ts";
import type { ReactNode } from "react";
import { KeySource } from "./key-source.tsx";
import { Policy } from "./policy.tsx";
import "./derp.css";

/** What comes from the customer's own network: its devices' keys, and its policy. */
export default function Source({ lease }: { readonly lease: Lease }): ReactNode {
  return (
    <>
      <KeySource lease={lease} />
      <Policy lease={lease} />
    </>
  );
}
