-- The keys that seal and hash. The master key only wraps them, so that it can be replaced without touching what they sealed.
create table data_keys (
  -- 16 hexadecimal digits; what this key sealed begins with them.
  id text primary key,
  -- `table|column`; `*` for every field without a key of its own.
  field text not null,
  -- `hash` never changes: rows are found by it. `legacy` opens what was sealed before values named their key.
  use text not null check (use in ('seal', 'hash', 'legacy')),
  -- Later than it was made, so that every replica can open before the first one seals.
  seals_from timestamptz not null,
  -- Nothing is sealed with it any more; kept for what comes back from a backup.
  retired_at timestamptz,
  created_at timestamptz not null
);
create unique index one_hash_and_one_legacy_key on data_keys (use) where use <> 'seal';

-- A data key as a master key wraps it: once, and twice while the master key is being replaced.
create table key_wraps (
  key_id text not null references data_keys on delete cascade,
  -- Fingerprint of the master key.
  master text not null,
  wrapped bytea not null,
  primary key (key_id, master)
);
