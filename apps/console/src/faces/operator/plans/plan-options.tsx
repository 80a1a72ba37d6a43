import { Skeleton } from "@berth/ui/feedback/feedback.tsx";
import { type ReactNode, Suspense } from "react";
import { planFieldsOf } from "../../../offerings.ts";

/** What the kind itself can set. */
export function PlanOptions({ kind }: { readonly kind: string }): ReactNode {
  const Fields = planFieldsOf(kind);
  if (!Fields) return null;
  return (
    <Suspense fallback={<Skeleton lines={2} />}>
      <Fields />
    </Suspense>
  );
}
