// Made by `npm run generate` from the migrated database. Not to be edited.
import type { ColumnType, Generated } from "kysely";

export interface AccountsTable {
  id: string;
  username: string;
  clear_email: string | null;
  email_verified: Generated<boolean>;
  role: "super_admin" | "admin" | "distributor" | "customer";
  state: "unverified" | "active" | "suspended" | "closed";
  created_at: Date;
  updated_at: Date;
  custom_role_id: string | null;
  suspended_for: string | null;
  email: Buffer | null;
  email_index: Buffer | null;
  keys_from: Date | null;
}

export interface AcmeAccountsTable {
  id: string;
  directory: string;
  private_key: Buffer;
  url: string | null;
  created_at: Date;
}

export interface AcmeChallengesTable {
  token: string;
  answer: string;
  expires_at: Date;
}

export interface AddressListsTable {
  id: string;
  kind: "allow" | "deny";
  network: string;
  note: string;
  made_by: string;
  created_at: Date;
  expires_at: Date | null;
}

export interface ApiKeysTable {
  id: string;
  account_id: string;
  name: string;
  secret_hash: Buffer;
  scopes: string[];
  created_at: Date;
  expires_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

export interface AttackSignalsTable {
  place: string;
  kind: string;
  subject: string;
  points: number;
  at: Date;
}

export interface BansTable {
  id: string;
  place: string;
  strikes: number;
  reasons: string[];
  created_at: Date;
  until: Date;
  lifted_at: Date | null;
  lifted_by: string | null;
}

export interface CertificateAuthoritiesTable {
  id: string;
  certificate: string;
  private_key: Buffer;
  state: "active" | "trusted" | "retired";
  created_at: Date;
}

export interface CertificateWarningsTable {
  fingerprint: string;
  warned_at: Date;
}

export interface CertificatesTable {
  id: string;
  names: string[];
  source: "self_signed" | "authority";
  chain: string;
  private_key: Buffer;
  not_before: Date;
  not_after: Date;
  next_try_at: Date | null;
  attempt: Generated<number>;
  claimed_until: Date | null;
  failures: Generated<number>;
  last_error: string | null;
  last_error_at: Date | null;
  created_at: Date;
}

export interface ConfigurationLogTable {
  id: string;
  lease_id: string;
  account_id: string;
  version: number;
  what: "made" | "fetched" | "unchanged" | "refused";
  form: string | null;
  client: Buffer | null;
  address_index: Buffer | null;
  at: Date;
}

export interface ConfigurationsTable {
  lease_id: string;
  version: number;
  made_at: Date;
  made_by: string;
  why: "granted" | "due" | "asked" | "leaked";
  renews_at: Date | null;
  until: Date | null;
  replaced_at: Date | null;
  ended_at: Date | null;
  ended_for: "expired" | "revoked" | "lease_over" | null;
  held: ColumnType<unknown, string, string | null>;
}

export interface CredentialsTable {
  id: string;
  account_id: string;
  provider: string;
  password: string | null;
  created_at: Date;
  updated_at: Date;
}

export interface DataKeysTable {
  id: string;
  field: string;
  use: "seal" | "hash" | "legacy";
  seals_from: Date;
  retired_at: Date | null;
  created_at: Date;
}

export interface DerpConfigurationsTable {
  lease_id: string;
  changes: number;
  token_hash: Buffer;
  token: Buffer;
  changed_at: Date;
}

export interface DerpKeySourcesTable {
  lease_id: string;
  kind: "tailscale" | "headscale";
  secret: Buffer;
  changed_at: Date;
  due_at: Date;
  synced_at: Date | null;
  failures: Generated<number>;
  error_code: string | null;
  error_message: string | null;
  left_out: Generated<number>;
}

export interface DerpPoliciesTable {
  lease_id: string;
  text: Buffer;
  changed_at: Date;
}

export interface DerpSyncedDevicesTable {
  lease_id: string;
  device_id: string;
}

export interface DevicesTable {
  id: string;
  account_id: string;
  lease_id: string;
  kind: string;
  key: string;
  name: string;
  created_at: Date;
  removed_at: Date | null;
}

export interface EventArchivesTable {
  day: string;
  first_position: bigint;
  last_position: bigint;
  written_at: Date;
  removed_at: Date | null;
}

export interface EventHeadsTable {
  position: bigint;
  hash: Buffer;
  signed_at: Date;
  public_key: Buffer;
  signature: Buffer;
}

export interface EventKeysTable {
  public_key: Buffer;
  private_key: Buffer;
  created_at: Date;
}

export interface EventPersonalKeysTable {
  subject: string;
  key: Buffer | null;
  created_at: Date;
  erased_at: Date | null;
}

export interface EventSealsTable {
  position: bigint;
  event_id: string;
  hash: Buffer;
  sealed_at: Date;
}

export interface EventsTable {
  id: string;
  at: Date;
  name: string;
  actor: string;
  account_id: string | null;
  lease_id: string | null;
  node_id: string | null;
  data: ColumnType<unknown, string, string | null>;
  personal: ColumnType<unknown, string | null | undefined, string | null>;
  origin: string | null;
}

export interface FactorTriesTable {
  account_id: string;
  tries: number;
  blocked_until: Date;
}

export interface FormerEndpointsTable {
  id: string;
  instance_id: string;
  node_id: string;
  port: number;
  secrets: Buffer;
  lease_id: string;
  version: number;
}

export interface IdempotencyKeysTable {
  account_id: string;
  key: string;
  request: Buffer;
  reply: Buffer;
  created_at: Date;
}

export interface InstancesTable {
  id: string;
  lease_id: string;
  node_id: string;
  slot: number;
  kind: string;
  generation: bigint;
  port: number | null;
  secrets: Buffer;
  desired: "running" | "stopped" | "released";
  phase: "pending" | "starting" | "running" | "failed" | "stopped";
  phase_reason: string | null;
  phase_at: Date;
  revision: bigint;
  used_bytes: Generated<bigint>;
  ceiling_bytes: bigint | null;
  placement: ColumnType<unknown, string, string | null>;
  created_at: Date;
  released_at: Date | null;
  held_for: "node_traffic" | null;
}

export interface JoinTokensTable {
  hash: Buffer;
  name: string | null;
  region: string | null;
  made_by: string;
  expires_at: Date;
  used_at: Date | null;
  node_id: string | null;
  id: string | null;
  made_at: Date | null;
  revoked_at: Date | null;
}

export interface KeyWrapsTable {
  key_id: string;
  master: string;
  wrapped: Buffer;
}

export interface KnocksTable {
  lease_id: string;
  key: string;
  instance_id: string;
  address: string;
  first_at: Date;
  last_at: Date;
  count: bigint;
}

export interface KnownPlacesTable {
  subject: string;
  place: string;
  seen_at: Date;
}

export interface LeasesTable {
  id: string;
  account_id: string;
  plan_id: string;
  kind: string;
  options: ColumnType<unknown, string, string | null>;
  state: "pending" | "active" | "suspended" | "expired" | "ended";
  suspended_for: "quota" | "staff" | null;
  regions: string[];
  node_ids: string[];
  traffic_bytes: bigint | null;
  used_bytes: Generated<bigint>;
  reset: string;
  devices: number | null;
  mbps: number | null;
  period_from: Date;
  starts_at: Date;
  until: Date;
  created_at: Date;
  warned_percent: Generated<number>;
}

export interface LiveSocketsTable {
  session_id: string;
  place: number;
  replica_id: string;
}

export interface MailedCodesTable {
  id: string;
  purpose: Buffer;
  code_hash: Buffer;
  tries: Generated<number>;
  created_at: Date;
  expires_at: Date;
  username: string | null;
  password: string | null;
}

export interface MailsTable {
  id: string;
  account_id: string | null;
  clear_address: string | null;
  kind: string;
  clear_subject: string | null;
  clear_body: string | null;
  state: "waiting" | "sending" | "sent" | "kept" | "failed" | "dropped";
  attempts: Generated<number>;
  error: string | null;
  created_at: Date;
  sent_at: Date | null;
  recipient: Buffer | null;
  content: Buffer | null;
  urgency: Generated<"security" | "code" | "notice">;
  purpose: string | null;
  expires_at: Date | null;
  claimed_at: Date | null;
  next_try_at: Date | null;
  sent_with: string | null;
}

export interface NodeFiguresTable {
  bucket: Date;
  node_id: string;
  samples: number;
  load: number | null;
  memory_used_bytes: number | null;
  disk_used_bytes: number | null;
  in_bytes_per_second: number | null;
  out_bytes_per_second: number | null;
  served_bytes_per_second: number | null;
  round_trip_ms: number | null;
}

export interface NodeKeysTable {
  fingerprint: string;
  node_id: string;
  recorded_at: Date;
  revoked_at: Date | null;
}

export interface NodesTable {
  id: string;
  name: string;
  state: "joining" | "online" | "offline" | "removed";
  scheduling: "open" | "cordoned";
  authority_id: string;
  region: string;
  addresses: Generated<string[]>;
  observed_address: string | null;
  port_from: number;
  port_to: number;
  stun_port: number;
  version: string | null;
  capabilities: ColumnType<unknown, string | null | undefined, string | null>;
  cores: number | null;
  memory_bytes: bigint | null;
  load: number | null;
  memory_used_bytes: bigint | null;
  instances: Generated<number>;
  instances_most: number;
  revision: Generated<bigint>;
  held_revision: Generated<bigint>;
  joined_at: Date;
  last_seen_at: Date | null;
  disk_bytes: bigint | null;
  disk_used_bytes: bigint | null;
  uptime_seconds: bigint | null;
  in_bytes_per_second: number | null;
  out_bytes_per_second: number | null;
  served_bytes_per_second: number | null;
  clock_offset_ms: number | null;
  round_trip_ms: number | null;
  machine: ColumnType<unknown, string | null | undefined, string | null>;
  labels: Generated<string[]>;
  country: string | null;
  city: string | null;
  is_place_by_hand: Generated<boolean>;
  cloud_account: Buffer | null;
  traffic_bytes_most: bigint | null;
  traffic_reset_day: Generated<number>;
  customers_most: number | null;
  bytes_per_second_most: bigint | null;
  customers: Generated<number>;
  traffic_used_bytes: Generated<bigint>;
  reach: Generated<"unknown" | "proven" | "unproven">;
  reach_tested_at: Date | null;
  reach_of: string | null;
  is_unproven_allowed: Generated<boolean>;
}

export interface OperationItemsTable {
  id: string;
  operation_id: string;
  node_id: string;
  instance_id: string | null;
  state: "waiting" | "sent" | "running" | "done" | "failed" | "cancelled" | "expired";
  percent: Generated<number>;
  note: string | null;
  cancel_asked_at: Date | null;
  result: string | null;
  problem_code: string | null;
  problem_detail: string | null;
  answered_at: Date | null;
}

export interface OperationsTable {
  id: string;
  kind: string;
  input: ColumnType<unknown, string, string | null>;
  made_by: string;
  retry_of: string | null;
  deadline: Date;
  created_at: Date;
}

export interface OrdersTable {
  id: string;
  account_id: string;
  plan_id: string;
  kind: "redemption";
  state: "completed";
  lease_id: string;
  serial_id: string | null;
  price_minor: bigint;
  currency: string;
  created_at: Date;
}

export interface PasskeyChallengesTable {
  bound_to: string;
  challenge: string;
  expires_at: Date;
}

export interface PasskeysTable {
  id: string;
  account_id: string;
  credential_id: string;
  public_key: Buffer;
  counter: bigint;
  transports: string[];
  name: string;
  created_at: Date;
  used_at: Date | null;
}

export interface PlansTable {
  id: string;
  name: string;
  kind: string;
  options: ColumnType<unknown, string, string | null>;
  duration_days: number;
  traffic_bytes: bigint | null;
  mbps: number | null;
  devices: number | null;
  reset: "never" | "daily" | "monthly";
  regions: Generated<string[]>;
  on_sale: boolean;
  created_at: Date;
}

export interface PricesTable {
  plan_id: string;
  minor: bigint;
  currency: string;
}

export interface RateSharesTable {
  replica: string;
  seq: bigint;
  at: Date;
  keys: string[];
  counts: number[];
}

export interface RateWindowsTable {
  key: string;
  hits: Date[];
  until: Date;
}

export interface ReachResultsTable {
  node_id: string;
  seen_from: string;
  address: string;
  protocol: "tcp" | "udp" | "stun";
  port: number;
  outcome: "open" | "blocked" | "wrong_host";
  tested_at: Date;
}

export interface ReadingsTable {
  instance_id: string;
  generation: bigint;
  run: string;
  subject: string;
  meter: "bytes" | "seconds";
  value: bigint;
  updated_at: Date;
}

export interface RecoveryCodesTable {
  account_id: string;
  code_hash: Buffer;
  used_at: Date | null;
}

export interface RedeemFailuresTable {
  id: Generated<bigint>;
  subject: string;
  at: Date;
}

export interface RedeemLocksTable {
  subject: string;
  until: Date;
}

export interface ReplicasTable {
  id: string;
  seen_at: Date;
}

export interface RolePoliciesTable {
  role: "super_admin" | "admin" | "distributor" | "customer";
  require_second_factor: boolean;
  changed_at: Date;
}

export interface RolesTable {
  id: string;
  name: string;
  base: "admin" | "distributor" | "customer";
  permissions: string[];
  made_by: string;
  created_at: Date;
  changed_at: Date;
}

export interface SerialBatchesTable {
  id: string;
  plan_id: string;
  name: string;
  count: number;
  redeem_by: Date;
  payment: "pending" | "paid" | "credit";
  node_ids: Generated<string[]>;
  made_by: string;
  created_at: Date;
}

export interface SerialsTable {
  id: string;
  batch_id: string;
  hash: Buffer;
  prefix: string;
  state: "unused" | "used" | "revoked";
  redeemed_by: string | null;
  redeemed_at: Date | null;
}

export interface SessionsTable {
  id: string;
  account_id: string;
  token_hash: string;
  expires_at: Date;
  created_at: Date;
  updated_at: Date;
  proven_at: Date | null;
  client: Buffer | null;
}

export interface SettingsTable {
  name: string;
  value: ColumnType<unknown, string | null | undefined, string | null>;
  sealed: Buffer | null;
  changed_at: Date;
}

export interface SignInPlacesTable {
  account_id: string;
  seen_at: Date;
  place_hash: Buffer;
}

export interface SignInTicketsTable {
  ticket_hash: Buffer;
  account_id: string;
  credential_hash: Buffer;
  expires_at: Date;
}

export interface SignInsTable {
  id: string;
  account_id: string;
  session_id: string;
  at: Date;
  clear_address: string | null;
  clear_place: string | null;
  clear_agent: string | null;
  ways: string[];
  is_new_place: boolean;
  client: Buffer | null;
}

export interface SshJoinsTable {
  id: string;
  join_token_id: string;
  host: string;
  port: number;
  username: string;
  host_key: string;
  state: "running" | "done" | "failed";
  step: "connecting" | "looking" | "sending" | "starting" | "joining";
  percent: Generated<number>;
  problem_code: string | null;
  problem_detail: string | null;
  made_by: string;
  started_at: Date;
  heard_at: Date;
}

export interface StreamsTable {
  id: string;
  ticket_hash: Buffer;
  kind: "logs" | "shell";
  input: ColumnType<unknown, string, string | null>;
  node_id: string;
  account_id: string;
  session_id: string;
  created_at: Date;
  expires_at: Date;
  used_at: Date | null;
  via: Generated<"control" | "relay">;
  rendezvous_node_id: string | null;
  rendezvous_port: number | null;
  rendezvous_pin: string | null;
  replica_id: string | null;
  ended_at: Date | null;
  ended_why: string | null;
  to_node_bytes: Generated<bigint>;
  from_node_bytes: Generated<bigint>;
}

export interface TokenKeysTable {
  id: string;
  public_key: Buffer;
  private_key: Buffer;
  created_at: Date;
  signs_from: Date;
}

export interface TotpSecretsTable {
  account_id: string;
  secret: Buffer;
  confirmed_at: Date | null;
  last_step: bigint;
  created_at: Date;
}

export interface UnsealedEventsTable {
  event_id: string;
}

export interface Usage5mTable {
  bucket: Date;
  instance_id: string;
  subject: string;
  meter: string;
  lease_id: string;
  account_id: string;
  node_id: string;
  value: bigint;
}

export interface UsageDailyTable {
  bucket: Date;
  instance_id: string;
  subject: string;
  meter: string;
  lease_id: string;
  account_id: string;
  node_id: string;
  value: bigint;
}

export interface UsageHourlyTable {
  bucket: Date;
  instance_id: string;
  subject: string;
  meter: string;
  lease_id: string;
  account_id: string;
  node_id: string;
  value: bigint;
}

export interface Tables {
  accounts: AccountsTable;
  acme_accounts: AcmeAccountsTable;
  acme_challenges: AcmeChallengesTable;
  address_lists: AddressListsTable;
  api_keys: ApiKeysTable;
  attack_signals: AttackSignalsTable;
  bans: BansTable;
  certificate_authorities: CertificateAuthoritiesTable;
  certificate_warnings: CertificateWarningsTable;
  certificates: CertificatesTable;
  configuration_log: ConfigurationLogTable;
  configurations: ConfigurationsTable;
  credentials: CredentialsTable;
  data_keys: DataKeysTable;
  derp_configurations: DerpConfigurationsTable;
  derp_key_sources: DerpKeySourcesTable;
  derp_policies: DerpPoliciesTable;
  derp_synced_devices: DerpSyncedDevicesTable;
  devices: DevicesTable;
  event_archives: EventArchivesTable;
  event_heads: EventHeadsTable;
  event_keys: EventKeysTable;
  event_personal_keys: EventPersonalKeysTable;
  event_seals: EventSealsTable;
  events: EventsTable;
  factor_tries: FactorTriesTable;
  former_endpoints: FormerEndpointsTable;
  idempotency_keys: IdempotencyKeysTable;
  instances: InstancesTable;
  join_tokens: JoinTokensTable;
  key_wraps: KeyWrapsTable;
  knocks: KnocksTable;
  known_places: KnownPlacesTable;
  leases: LeasesTable;
  live_sockets: LiveSocketsTable;
  mailed_codes: MailedCodesTable;
  mails: MailsTable;
  node_figures: NodeFiguresTable;
  node_keys: NodeKeysTable;
  nodes: NodesTable;
  operation_items: OperationItemsTable;
  operations: OperationsTable;
  orders: OrdersTable;
  passkey_challenges: PasskeyChallengesTable;
  passkeys: PasskeysTable;
  plans: PlansTable;
  prices: PricesTable;
  rate_shares: RateSharesTable;
  rate_windows: RateWindowsTable;
  reach_results: ReachResultsTable;
  readings: ReadingsTable;
  recovery_codes: RecoveryCodesTable;
  redeem_failures: RedeemFailuresTable;
  redeem_locks: RedeemLocksTable;
  replicas: ReplicasTable;
  role_policies: RolePoliciesTable;
  roles: RolesTable;
  serial_batches: SerialBatchesTable;
  serials: SerialsTable;
  sessions: SessionsTable;
  settings: SettingsTable;
  sign_in_places: SignInPlacesTable;
  sign_in_tickets: SignInTicketsTable;
  sign_ins: SignInsTable;
  ssh_joins: SshJoinsTable;
  streams: StreamsTable;
  token_keys: TokenKeysTable;
  totp_secrets: TotpSecretsTable;
  unsealed_events: UnsealedEventsTable;
  usage_5m: Usage5mTable;
  usage_daily: UsageDailyTable;
  usage_hourly: UsageHourlyTable;
}
