-- Values that the installation makes or its operator sets; secrets are sealed with the master key.
create table settings (
  name text primary key,
  value jsonb,
  sealed bytea,
  changed_at timestamptz not null,
  constraint setting_is_plain_or_sealed check ((value is null) <> (sealed is null))
);
