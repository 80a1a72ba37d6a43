-- Which way a flow goes, which replica holds it, and how it ended.
alter table streams
  add column via text not null default 'control' check (via in ('control', 'relay')),
  -- Whose relay both ends dial; where it listens and with which certificate (SHA-256, hex), once its agent has said so.
  add column rendezvous_node_id text references nodes,
  add column rendezvous_port integer,
  add column rendezvous_pin text,
  add column replica_id text,
  add column ended_at timestamptz,
  add column ended_why text,
  add column to_node_bytes bigint not null default 0,
  add column from_node_bytes bigint not null default 0;
-- Of those that went on before this, nothing more is known.
update streams set ended_at = used_at, ended_why = 'unavailable' where used_at is not null;
alter table streams
  add constraint only_used_streams_end check (ended_at is null or used_at is not null),
  add constraint ended_streams_say_why check ((ended_at is null) = (ended_why is null)),
  add constraint relayed_streams_name_a_relay check (via = 'control' or rendezvous_pin is not null);
create index streams_open on streams (account_id) where used_at is not null and ended_at is null;
create index streams_rendezvous on streams (rendezvous_node_id);
