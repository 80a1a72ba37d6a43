-- What requests with an Idempotency-Key were answered, for 48 hours. Committed together with what they did.
create table idempotency_keys (
  -- No foreign key: its lock would wait for whoever works on the account, and rows do not live long.
  account_id text not null,
  key text not null check (length(key) between 1 and 255),
  -- Keyed hash of route and input: another request with the same key is a mistake.
  request bytea not null,
  -- Sealed: codes and tokens that are shown once are in it.
  reply bytea not null,
  created_at timestamptz not null,
  primary key (account_id, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);
