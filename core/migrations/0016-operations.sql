-- What somebody asked to be done once, on one target or on many.
create table operations (
  id text primary key,
  kind text not null,
  input jsonb not null,
  made_by text not null,
  -- The operation whose failed items this one tries again.
  retry_of text references operations on delete set null,
  deadline timestamptz not null,
  created_at timestamptz not null
);
create index operations_newest on operations (created_at desc, id desc);
create index operations_retry_of on operations (retry_of);

-- One target of an operation: done at most once by the agent of its node, and answered once.
create table operation_items (
  id text primary key,
  operation_id text not null references operations on delete cascade,
  node_id text not null references nodes,
  instance_id text references instances,
  state text not null check (state in ('waiting', 'sent', 'running', 'done', 'failed', 'cancelled', 'expired')),
  percent integer not null default 0,
  note text,
  cancel_asked_at timestamptz,
  -- JSON as the agent wrote it: nothing here looks into it.
  result text,
  problem_code text,
  problem_detail text,
  answered_at timestamptz,
  constraint percent_in_range check (percent between 0 and 100),
  constraint ended_when_answered check (
    (answered_at is not null) = (state in ('done', 'failed', 'cancelled', 'expired'))
  ),
  constraint failed_has_a_problem check ((state = 'failed') = (problem_code is not null)),
  constraint only_done_has_a_result check (result is null or state = 'done')
);
create index operation_items_open on operation_items (node_id) where state in ('waiting', 'sent', 'running');
create index operation_items_of on operation_items (operation_id, id);
create index operation_items_instance on operation_items (instance_id);

-- A ticket for one flow between a person and a node; good once, for whoever asked for it.
create table streams (
  id text primary key,
  -- A keyed hash: whoever reads the table can't use the ticket.
  ticket_hash bytea not null unique,
  kind text not null check (kind in ('logs', 'shell')),
  input jsonb not null,
  node_id text not null references nodes,
  account_id text not null references accounts on delete cascade,
  session_id text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index streams_expiry on streams (expires_at);
create index streams_account on streams (account_id);
create index streams_node on streams (node_id);
