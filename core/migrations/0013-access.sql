-- Roles beside the four that are fixed. What one holds is read at every call.
create table roles (
  id text primary key,
  name text not null,
  -- The fixed role that it counts as where not a permission but a kind of person matters.
  base text not null check (base in ('admin', 'distributor', 'customer')),
  permissions text[] not null,
  made_by text not null,
  created_at timestamptz not null,
  changed_at timestamptz not null
);
create unique index role_name_once on roles (lower(name));

create table api_keys (
  id text primary key,
  account_id text not null references accounts on delete cascade,
  name text not null,
  -- A keyed hash: whoever reads the table can't use it.
  secret_hash bytea not null,
  -- What its owner lent to it; it may what both of them may.
  scopes text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  constraint api_key_ends check (expires_at > created_at)
);
create index api_keys_account on api_keys (account_id, created_at desc, id desc);

-- Ed25519 keys that sign tokens. Each signs from its time until the next one's.
create table token_keys (
  id text primary key,
  public_key bytea not null unique,
  -- PKCS 8, sealed.
  private_key bytea not null,
  created_at timestamptz not null,
  signs_from timestamptz not null unique
);
