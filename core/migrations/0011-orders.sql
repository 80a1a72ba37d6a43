create table orders (
  id text primary key,
  account_id text not null references accounts,
  plan_id text not null references plans,
  kind text not null check (kind in ('redemption')),
  state text not null check (state in ('completed')),
  lease_id text not null references leases,
  serial_id text constraint serial_redeemed_once unique references serials,
  price_minor bigint not null,
  currency text not null,
  created_at timestamptz not null
);
create index orders_account on orders (account_id, created_at desc);
