create table serial_batches (
  id text primary key,
  plan_id text not null references plans,
  name text not null,
  count integer not null constraint batch_bounded check (count between 1 and 10000),
  redeem_by timestamptz not null,
  payment text not null check (payment in ('pending', 'paid', 'credit')),
  node_ids text[] not null default '{}',
  made_by text not null,
  created_at timestamptz not null
);
create index serial_batches_newest on serial_batches (created_at desc, id desc);

-- Only a keyed hash of the code is kept. `expired` is not a state but a date: the batch's redeem-by.
create table serials (
  id text primary key,
  batch_id text not null references serial_batches,
  hash bytea not null constraint serial_once unique,
  prefix text not null,
  state text not null check (state in ('unused', 'used', 'revoked')),
  redeemed_by text references accounts,
  redeemed_at timestamptz,
  constraint used_by_someone check ((state = 'used') = (redeemed_by is not null and redeemed_at is not null))
);
create index serials_batch on serials (batch_id, id);

-- Wrong codes, by account and by address: what the lock counts.
create table redeem_failures (
  id bigint generated always as identity primary key,
  subject text not null,
  at timestamptz not null
);
create index redeem_failures_recent on redeem_failures (subject, at desc);
create table redeem_locks (
  subject text primary key,
  until timestamptz not null
);
