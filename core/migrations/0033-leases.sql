-- Every time that what people hold to reach a lease was made, fetched or refused: by whom, from where, with what program.
create table configuration_log (
  id text primary key,
  lease_id text not null references leases,
  account_id text not null references accounts,
  version integer not null,
  what text not null check (what in ('made', 'fetched', 'unchanged', 'refused')),
  -- How it was asked for, as its kind names that; null: nobody asked.
  form text,
  -- Address, where that is, and program: sealed, and found by the address as a whole. Null: nobody asked.
  client bytea,
  address_index bytea,
  at timestamptz not null
);
create index configuration_log_at on configuration_log (at, id);
create index configuration_log_what on configuration_log (what, at, id);
create index configuration_log_lease on configuration_log (lease_id, at, id);
create index configuration_log_account on configuration_log (account_id, at, id);
create index configuration_log_address on configuration_log (address_index, at, id);

-- Of which share of its quota the owner of a lease was told in this period; 0: of none.
alter table leases add column warned_percent integer not null default 0;
