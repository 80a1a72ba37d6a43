/** What is used of a node. */
export interface Use {
  readonly id: string;
  /** Accounts that have something there. */
  readonly customers: number;
  /** Counted for customers since its month began. */
  readonly trafficBytes: bigint;
}
