import type { ApiError } from "@berth/api";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { onStepUp } from "../api/client.ts";

/** Fetched when it is wanted: few pages ever ask. */
const Proof = lazy(() => import("./proof.tsx"));

interface Asking {
  readonly refused: ApiError;
  readonly ways: readonly string[];
  resolve(): void;
  reject(error: ApiError): void;
}

/** Asks who is there to prove it once more, when control wants that; what they did then goes on by itself. */
export function StepUp(): ReactNode {
  const [asking, ask] = useState<Asking>();
  useEffect(() => {
    onStepUp(
      (refused) =>
        new Promise<void>((resolve, reject) => {
          const ways = (refused.problem.ways ?? []) as readonly string[];
          if (ways.length === 0) return reject(refused);
          ask({ refused, ways, resolve, reject });
        }),
    );
  }, []);
  if (!asking) return null;
  const end = (isProven: boolean) => {
    ask(undefined);
    if (isProven) asking.resolve();
    else asking.reject(asking.refused);
  };
  return (
    <Suspense>
      <Proof ways={asking.ways} onEnd={end} />
    </Suspense>
  );
}
