-- What a node's heartbeats say beyond load and memory. Null: its agent does not say.
alter table nodes add column disk_bytes bigint;
alter table nodes add column disk_used_bytes bigint;
alter table nodes add column uptime_seconds bigint;
alter table nodes add column in_bytes_per_second double precision;
alter table nodes add column out_bytes_per_second double precision;
alter table nodes add column served_bytes_per_second double precision;
-- The node's clock less control's.
alter table nodes add column clock_offset_ms double precision;
alter table nodes add column round_trip_ms double precision;
alter table nodes add column machine jsonb;

-- What people say about a node.
alter table nodes add column labels text[] not null default '{}';
alter table nodes add column country text;
alter table nodes add column city text;
alter table nodes add column is_place_by_hand boolean not null default false;
-- Sealed: a phone number or a name, with whom the server is rented.
alter table nodes add column cloud_account bytea;

-- How far a node may go; null: as far as it gets.
alter table nodes add column traffic_bytes_most bigint;
alter table nodes add column traffic_reset_day integer not null default 1;
alter table nodes add column customers_most integer;
alter table nodes add column bytes_per_second_most bigint;
-- Counted now and then, for lists; placement counts anew.
alter table nodes add column customers integer not null default 0;
alter table nodes add column traffic_used_bytes bigint not null default 0;
alter table nodes add constraint reset_day_in_every_month check (traffic_reset_day between 1 and 28);

-- One row per node and minute: the mean of that minute's heartbeats.
create table node_figures (
  bucket timestamptz not null,
  node_id text not null,
  samples integer not null,
  load double precision,
  memory_used_bytes double precision,
  disk_used_bytes double precision,
  in_bytes_per_second double precision,
  out_bytes_per_second double precision,
  served_bytes_per_second double precision,
  round_trip_ms double precision,
  primary key (bucket, node_id)
) partition by range (bucket);
create index node_figures_node on node_figures (node_id, bucket);
