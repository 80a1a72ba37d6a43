import { Button } from "antd";
import { type ReactNode, useState } from "react";
import { useUi } from "../words/ui-words.ts";
import { askPasskey, knowsPasskeys } from "./passkey.ts";

type Assertion = NonNullable<Awaited<ReturnType<typeof askPasskey>>>;

interface PasskeyButtonProps {
  /** Control's challenge. */
  readonly challenge: () => Promise<unknown>;
  /** What the passkey answered. */
  readonly onGiven: (assertion: Assertion) => Promise<unknown>;
  readonly isPrimary?: boolean;
}

/** Proves who is there with a passkey, where the browser knows them. */
export function PasskeyButton({ challenge, onGiven, isPrimary = false }: PasskeyButtonProps): ReactNode {
  const say = useUi();
  const [isAsking, setAsking] = useState(false);
  if (!knowsPasskeys()) return null;
  const ask = async () => {
    setAsking(true);
    try {
      const options = await challenge();
      const assertion = options === undefined ? undefined : await askPasskey(options);
      if (assertion) await onGiven(assertion);
    } finally {
      setAsking(false);
    }
  };
  return (
    <Button type={isPrimary ? "primary" : "default"} loading={isAsking} onClick={() => void ask()}>
      {say("proof.passkey")}
    </Button>
  );
}
