-- Downloads of all kinds of configurations are kept in one place now, with the leases.
drop table derp_downloads;

-- How often the address was changed: versions are of the configuration behind it.
alter table derp_configurations rename column version to changes;

-- A customer's own policy file, into which their derpMap is put. Sealed: it names people.
create table derp_policies (
  lease_id text primary key references leases,
  text bytea not null,
  changed_at timestamptz not null
);
