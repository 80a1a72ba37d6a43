-- Whether others get through to a node's ports. `unknown`: it was never tried, or nothing was there to try.
alter table nodes add column reach text not null default 'unknown' check (reach in ('unknown', 'proven', 'unproven'));
alter table nodes add column reach_tested_at timestamptz;
-- The addresses and ports that were tried; others are tried anew.
alter table nodes add column reach_of text;
alter table nodes add column is_unproven_allowed boolean not null default false;

-- Of the latest test of each node: one port as seen from one place.
create table reach_results (
  node_id text not null references nodes,
  -- `control`, or the id of another node.
  seen_from text not null,
  address text not null,
  protocol text not null check (protocol in ('tcp', 'udp', 'stun')),
  port integer not null,
  outcome text not null check (outcome in ('open', 'blocked', 'wrong_host')),
  tested_at timestamptz not null,
  primary key (node_id, seen_from, address, protocol, port)
);

-- By what people speak of a token: its secret is known to whom it was given.
alter table join_tokens add column id text unique;
alter table join_tokens add column made_at timestamptz;
alter table join_tokens add column revoked_at timestamptz;
