import type { leases, ReplyOf } from "@berth/api";

export type Lease = ReplyOf<typeof leases.getLease>;

/** What every dialog about one lease is given. */
export interface LeaseDialogProps {
  readonly lease: Lease;
  readonly onClose: () => void;
}
