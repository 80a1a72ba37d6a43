-- Where the keys of a lease's devices are read: the customer's own Tailscale or Headscale.
create table derp_key_sources (
  lease_id text primary key references leases,
  kind text not null check (kind in ('tailscale', 'headscale')),
  -- Address and key, sealed.
  secret bytea not null,
  changed_at timestamptz not null,
  due_at timestamptz not null,
  synced_at timestamptz,
  -- Since the last time that it could be read.
  failures integer not null default 0,
  error_code text,
  error_message text,
  -- Devices that are there, and for which the lease has no room.
  left_out integer not null default 0,
  constraint an_error_has_words check ((error_code is null) = (error_message is null))
);
create index derp_key_sources_due on derp_key_sources (due_at);

-- Which devices came from there: only these are removed when they are gone there.
create table derp_synced_devices (
  lease_id text not null references derp_key_sources on delete cascade,
  device_id text not null,
  primary key (lease_id, device_id)
);
