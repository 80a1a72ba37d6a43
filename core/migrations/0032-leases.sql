-- What people hold to reach a lease, one version after the other. The newest is the present one; the one before it works beside
-- it for a while.
create table configurations (
  lease_id text not null references leases,
  version integer not null check (version > 0),
  made_at timestamptz not null,
  made_by text not null,
  why text not null check (why in ('granted', 'due', 'asked', 'leaked')),
  -- When the next one is made by itself, and when this one stops working. Null: as long as the lease.
  renews_at timestamptz,
  until timestamptz,
  replaced_at timestamptz,
  ended_at timestamptz,
  ended_for text check (ended_for in ('expired', 'revoked', 'lease_over')),
  -- Where it leads: a list of slots with address, port and fingerprint.
  held jsonb not null,
  primary key (lease_id, version),
  constraint ended_for_a_reason check ((ended_at is null) = (ended_for is null))
);
create unique index one_present_configuration on configurations (lease_id) where replaced_at is null;
create unique index one_former_configuration on configurations (lease_id) where replaced_at is not null and ended_at is null;
create index configurations_due on configurations (renews_at) where replaced_at is null and ended_at is null;
create index configurations_ending on configurations (until) where replaced_at is not null and ended_at is null;

-- Those that were given out before there were versions are good from now on.
insert into configurations (lease_id, version, made_at, made_by, why, renews_at, until, held)
select id, 1, now(), account_id, 'granted', now() + interval '29 days', now() + interval '32 days', '[]'
from leases where state in ('pending', 'active', 'suspended');

-- How an instance was reached before, while the version of then still works. Goes, with its keys, when that ends.
create table former_endpoints (
  id text primary key,
  instance_id text not null references instances,
  node_id text not null references nodes,
  port integer not null,
  secrets bytea not null,
  lease_id text not null,
  version integer not null,
  foreign key (lease_id, version) references configurations,
  constraint one_former_endpoint unique (instance_id)
);
create unique index former_port_once_per_node on former_endpoints (node_id, port);
create index former_endpoints_version on former_endpoints (lease_id, version);
