import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

interface CarryLinkProps {
  readonly to: string;
  readonly children: ReactNode;
}

/** Leads on to another way in, and carries along where somebody wanted to go and what they brought behind the `#`. */
export function CarryLink({ to, children }: CarryLinkProps): ReactNode {
  return (
    <Link to={to} search={((before: unknown) => before) as never} hash={true} preload="intent">
      {children}
    </Link>
  );
}
