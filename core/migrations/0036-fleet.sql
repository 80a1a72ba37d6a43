-- A server that control makes a node of over SSH. Who signs in there with what is nowhere written down.
create table ssh_joins (
  id text primary key,
  -- Of the token that the server is given.
  join_token_id text not null references join_tokens (id),
  host text not null,
  port integer not null,
  username text not null,
  -- SHA-256 of the key that the server had to show.
  host_key text not null,
  state text not null check (state in ('running', 'done', 'failed')),
  step text not null check (step in ('connecting', 'looking', 'sending', 'starting', 'joining')),
  percent integer not null default 0,
  problem_code text,
  problem_detail text,
  made_by text not null,
  started_at timestamptz not null,
  -- Of the latest word of it: one that says nothing for long died with its control.
  heard_at timestamptz not null,
  constraint failed_has_a_problem check ((state = 'failed') = (problem_code is not null))
);
create index ssh_joins_running on ssh_joins (heard_at) where state = 'running';
