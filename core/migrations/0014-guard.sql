-- When a caller was admitted, newest last, for limits that hold exactly. Lost with a crash of the server, which costs less
-- than a write that outlasts it at every sign-in.
create unlogged table rate_windows (
  key text primary key,
  hits timestamptz[] not null,
  -- When the newest of them counts no more.
  until timestamptz not null
);
create index rate_windows_ended on rate_windows (until);

-- What one replica admitted since its last share, for the others to count as well.
create unlogged table rate_shares (
  replica text not null,
  seq bigint not null,
  at timestamptz not null,
  keys text[] not null,
  counts integer[] not null,
  primary key (replica, seq),
  constraint a_count_for_each_key check (cardinality(keys) = cardinality(counts))
);
create index rate_shares_by_age on rate_shares (at);

-- From where somebody proved their password: attacks from elsewhere do not use up their tries.
create table known_places (
  subject text not null,
  place text not null,
  seen_at timestamptz not null,
  primary key (subject, place)
);
create index known_places_by_age on known_places (seen_at);

create table address_lists (
  id text primary key,
  kind text not null check (kind in ('allow', 'deny')),
  network text not null,
  note text not null,
  made_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  constraint listed_once unique (kind, network)
);

-- What looked like an attack, once for each thing that it was about.
create unlogged table attack_signals (
  place text not null,
  kind text not null,
  subject text not null,
  points integer not null,
  at timestamptz not null,
  primary key (place, kind, subject)
);
create index attack_signals_by_age on attack_signals (at);

-- The last ban of a place: one address of IPv4, a /64 of IPv6. Kept for a while after its end: a repeated one is longer.
create table bans (
  id text primary key,
  place text not null unique,
  strikes integer not null,
  reasons text[] not null,
  created_at timestamptz not null,
  until timestamptz not null,
  lifted_at timestamptz,
  lifted_by text,
  constraint a_ban_was_earned check (strikes >= 1),
  constraint lifted_by_somebody check ((lifted_at is null) = (lifted_by is null))
);
create index bans_ended on bans (until);
