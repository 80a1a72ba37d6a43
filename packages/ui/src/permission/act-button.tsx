import type { Permission } from "@berth/api";
import { Button, Tooltip } from "antd";
import { type ReactNode, useState } from "react";
import { useMay } from "./session.ts";

interface ActButtonProps {
  readonly children: ReactNode;
  readonly onClick: () => void;
  /** Without it the button is absent. */
  readonly permission?: Permission;
  /** Why it can't be used now: said on focus, hover and tap. */
  readonly blocked?: string | undefined;
  readonly primary?: boolean;
  readonly danger?: boolean;
  readonly loading?: boolean;
}

export function ActButton({ permission = "self", ...rest }: ActButtonProps): ReactNode {
  const may = useMay(permission);
  return may ? <Allowed {...rest} /> : null;
}

function Allowed({
  children,
  onClick,
  blocked,
  primary,
  danger,
  loading,
}: Omit<ActButtonProps, "permission">): ReactNode {
  const [isAsked, setAsked] = useState(false);
  const button = (
    <Button
      type={primary ? "primary" : "default"}
      danger={danger ?? false}
      loading={loading ?? false}
      aria-disabled={blocked !== undefined}
      className={blocked === undefined ? "" : "blocked"}
      onClick={() => (blocked === undefined ? onClick() : setAsked(true))}
    >
      {children}
    </Button>
  );
  if (blocked === undefined) return button;
  return (
    <Tooltip title={blocked} open={isAsked || undefined} onOpenChange={setAsked} trigger={["hover", "focus"]}>
      {button}
    </Tooltip>
  );
}
