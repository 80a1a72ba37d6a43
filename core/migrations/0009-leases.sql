create table leases (
  id text primary key,
  account_id text not null references accounts,
  plan_id text not null references plans,
  kind text not null,
  options jsonb not null,
  state text not null check (state in ('pending', 'active', 'suspended', 'expired', 'ended')),
  suspended_for text check (suspended_for in ('quota', 'staff')),
  regions text[] not null,
  node_ids text[] not null,
  traffic_bytes bigint,
  used_bytes bigint not null default 0,
  reset text not null,
  devices integer,
  mbps integer,
  period_from timestamptz not null,
  starts_at timestamptz not null,
  until timestamptz not null,
  created_at timestamptz not null,
  constraint suspended_has_a_reason check ((state = 'suspended') = (suspended_for is not null)),
  constraint usage_not_negative check (used_bytes >= 0)
);
create index leases_account on leases (account_id, created_at desc);
create index leases_due on leases (until) where state in ('pending', 'active', 'suspended');
create index leases_newest on leases (created_at desc, id desc);

alter table devices add constraint devices_lease foreign key (lease_id) references leases;
alter table knocks add constraint knocks_lease foreign key (lease_id) references leases on delete cascade;

create sequence generations;

-- What a lease has on one node.
create table instances (
  id text primary key,
  lease_id text not null references leases,
  node_id text not null references nodes,
  slot integer not null,
  kind text not null,
  generation bigint not null,
  port integer,
  secrets bytea not null,
  desired text not null check (desired in ('running', 'stopped', 'released')),
  phase text not null check (phase in ('pending', 'starting', 'running', 'failed', 'stopped')),
  phase_reason text,
  phase_at timestamptz not null,
  -- The node's revision of the latest change of what this instance should be.
  revision bigint not null,
  -- Bytes counted at the present generation, and the ceiling that was given out for it.
  used_bytes bigint not null default 0,
  ceiling_bytes bigint,
  placement jsonb not null,
  created_at timestamptz not null,
  released_at timestamptz,
  constraint released_has_no_port check (desired <> 'released' or port is null)
);
create unique index port_once_per_node on instances (node_id, port) where port is not null;
create unique index one_instance_per_node on instances (lease_id, node_id) where desired <> 'released';
create index instances_changed on instances (node_id, revision);
create index instances_lease on instances (lease_id);
