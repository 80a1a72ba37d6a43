-- What control is served with, where no file of the operator's is for it. There is one for each name from the first start on:
-- made by Berth itself, until a certificate authority issues a better one.
create table certificates (
  id text primary key,
  -- Host names one by one; addresses all in one, since who asks for an address can't say for which.
  names text[] not null,
  source text not null check (source in ('self_signed', 'authority')),
  -- PEM, its issuers' after it.
  chain text not null,
  -- Sealed.
  private_key bytea not null,
  not_before timestamptz not null,
  not_after timestamptz not null,
  -- When it is ordered next; null where no authority is asked.
  next_try_at timestamptz,
  -- Counts orders. Only the newest one may save what it got.
  attempt integer not null default 0,
  -- Somebody orders it until then, or died.
  claimed_until timestamptz,
  -- In a row.
  failures integer not null default 0,
  last_error text,
  last_error_at timestamptz,
  created_at timestamptz not null,
  constraint certificate_once_for_its_names unique (names)
);

-- Who Berth is at a certificate authority.
create table acme_accounts (
  id text primary key,
  -- The address of the authority's directory.
  directory text not null unique,
  -- Sealed.
  private_key bytea not null,
  -- What the authority calls it; null until it is registered.
  url text,
  created_at timestamptz not null
);

-- What an authority will read at any replica, to see who controls a name. No secret.
create table acme_challenges (
  token text primary key,
  answer text not null,
  expires_at timestamptz not null
);

-- Of which certificates it was said that they expire soon.
create table certificate_warnings (
  fingerprint text primary key,
  warned_at timestamptz not null
);
