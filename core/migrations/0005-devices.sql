-- A customer's endpoint. The key is what it proves possession of; removed devices keep their row for their usage.
create table devices (
  id text primary key,
  account_id text not null references accounts,
  lease_id text not null,
  kind text not null,
  key text not null,
  name text not null,
  created_at timestamptz not null,
  removed_at timestamptz
);
create unique index device_once_per_lease on devices (lease_id, key) where removed_at is null;
create index devices_account on devices (account_id, created_at desc);

-- Keys that asked for an instance and are not registered there.
create table knocks (
  lease_id text not null,
  key text not null,
  instance_id text not null,
  address text not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  count bigint not null,
  primary key (lease_id, key)
);
