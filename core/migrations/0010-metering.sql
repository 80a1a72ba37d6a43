-- The greatest value seen of each counter. Usage is the sum of these.
create table readings (
  instance_id text not null references instances,
  generation bigint not null,
  run text not null,
  subject text not null,
  meter text not null check (meter in ('bytes', 'seconds')),
  value bigint not null,
  updated_at timestamptz not null,
  primary key (instance_id, generation, run, subject, meter)
);

create table usage_5m (
  bucket timestamptz not null,
  instance_id text not null,
  subject text not null,
  meter text not null,
  lease_id text not null,
  account_id text not null,
  node_id text not null,
  value bigint not null,
  primary key (bucket, instance_id, subject, meter)
) partition by range (bucket);
create index usage_5m_lease on usage_5m (lease_id, bucket);

create table usage_hourly (like usage_5m, primary key (bucket, instance_id, subject, meter)) partition by range (bucket);
create index usage_hourly_lease on usage_hourly (lease_id, bucket);
create index usage_hourly_node on usage_hourly (node_id, bucket);

create table usage_daily (like usage_5m, primary key (bucket, instance_id, subject, meter)) partition by range (bucket);
create index usage_daily_lease on usage_daily (lease_id, bucket);
create index usage_daily_node on usage_daily (node_id, bucket);
