create table plans (
  id text primary key,
  name text not null,
  kind text not null,
  options jsonb not null,
  duration_days integer not null constraint duration_in_range check (duration_days between 1 and 3660),
  traffic_bytes bigint constraint traffic_positive check (traffic_bytes > 0),
  mbps integer constraint rate_positive check (mbps > 0),
  devices integer constraint devices_positive check (devices > 0),
  reset text not null check (reset in ('never', 'daily', 'monthly')),
  regions text[] not null default '{}',
  on_sale boolean not null,
  created_at timestamptz not null
);
create unique index plan_name_once on plans (lower(name));

-- One currency per installation; minor units.
create table prices (
  plan_id text primary key references plans,
  minor bigint not null constraint price_not_negative check (minor >= 0),
  currency text not null constraint currency_iso check (currency ~ '^[A-Z]{3}$')
);
