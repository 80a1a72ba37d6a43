/** One device's bytes at one generation. Numbers, not bigint: exact to nine petabytes, and this is added to per packet. */
export interface Counter {
  readonly instanceId: string;
  readonly generation: number;
  readonly deviceId: string;
  bytes: number;
  /** Since growth was last given out. */
  hasGrown: boolean;
}
