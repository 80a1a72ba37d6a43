-- Facts about changes, appended in the transaction of the change. Position and hash come later, from the sealer.
create table events (
  id text primary key,
  at timestamptz not null,
  name text not null,
  actor text not null,
  account_id text,
  lease_id text,
  node_id text,
  data jsonb not null
);
create index events_account on events (account_id, at desc) where account_id is not null;
create index events_lease on events (lease_id, at desc) where lease_id is not null;
create index events_node on events (node_id, at desc) where node_id is not null;
create index events_at on events (at desc, id desc);

-- What the sealer has still to do: filled by the trigger, emptied by the sealer.
create table unsealed_events (event_id text primary key references events);

create table event_seals (
  position bigint primary key,
  event_id text not null unique references events,
  hash bytea not null,
  sealed_at timestamptz not null
);

-- A signed head: everything up to `position` had this hash at this time.
create table event_heads (
  position bigint primary key,
  hash bytea not null,
  signed_at timestamptz not null,
  public_key bytea not null,
  signature bytea not null
);

create function queue_event_for_sealing() returns trigger language plpgsql as $$
begin
  insert into unsealed_events (event_id) values (new.id);
  return null;
end $$;
create trigger event_queued after insert on events for each row execute function queue_event_for_sealing();

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name;
end $$;
create trigger events_append_only before update or delete or truncate on events execute function refuse_change();
create trigger event_seals_append_only before update or delete or truncate on event_seals execute function refuse_change();
create trigger event_heads_append_only before update or delete or truncate on event_heads execute function refuse_change();

-- The Ed25519 keys that sign heads, newest in use; private halves sealed with the master key.
create table event_keys (
  public_key bytea primary key,
  private_key bytea not null,
  created_at timestamptz not null
);
