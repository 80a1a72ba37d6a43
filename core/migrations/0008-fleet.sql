-- Berth's own authorities. `active` issues; `trusted` is still believed while nodes move to the active one.
create table certificate_authorities (
  id text primary key,
  certificate text not null,
  private_key bytea not null,
  state text not null check (state in ('active', 'trusted', 'retired')),
  created_at timestamptz not null
);
create unique index one_active_authority on certificate_authorities (state) where state = 'active';

create table nodes (
  id text primary key,
  name text not null,
  state text not null check (state in ('joining', 'online', 'offline', 'removed')),
  scheduling text not null check (scheduling in ('open', 'cordoned')),
  -- Who signed its present certificate: an authority is retired when no node is left with it.
  authority_id text not null references certificate_authorities,
  region text not null,
  addresses text[] not null default '{}',
  observed_address text,
  port_from integer not null,
  port_to integer not null,
  stun_port integer not null,
  version text,
  capabilities jsonb not null default '[]',
  cores integer,
  memory_bytes bigint,
  load double precision,
  memory_used_bytes bigint,
  instances integer not null default 0,
  instances_most integer not null,
  -- Number of the latest change of what this node should run; and the one it said it holds.
  revision bigint not null default 0,
  held_revision bigint not null default 0,
  joined_at timestamptz not null,
  last_seen_at timestamptz,
  constraint node_not_oversold check (instances between 0 and instances_most),
  constraint ports_in_range check (port_from between 1 and port_to and port_to <= 65535)
);
create unique index node_name_once on nodes (lower(name)) where state <> 'removed';

-- A node is its key. The hash is of the public key's SPKI.
create table node_keys (
  fingerprint text primary key,
  node_id text not null references nodes,
  recorded_at timestamptz not null,
  revoked_at timestamptz
);
create index node_keys_node on node_keys (node_id);

create table join_tokens (
  hash bytea primary key,
  name text,
  region text,
  made_by text not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  node_id text references nodes
);
