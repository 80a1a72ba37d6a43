-- Where a lease's configuration is downloaded. The secret is kept sealed, to be shown again, and hashed, to be found.
create table derp_configurations (
  lease_id text primary key references leases,
  version integer not null,
  token_hash bytea not null unique,
  token bytea not null,
  changed_at timestamptz not null
);

-- Every download: from where, which form, which version.
create table derp_downloads (
  id bigint generated always as identity primary key,
  lease_id text not null references leases,
  version integer not null,
  form text not null check (form in ('derpmap', 'policy', 'headscale')),
  address text not null,
  user_agent text,
  at timestamptz not null
);
create index derp_downloads_lease on derp_downloads (lease_id, at desc);
