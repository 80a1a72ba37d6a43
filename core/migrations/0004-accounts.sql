-- The user table of better-auth, under Berth's own words.
create table accounts (
  id text primary key,
  username text not null,
  email text not null,
  email_verified boolean not null default false,
  image text,
  role text not null check (role in ('super_admin', 'admin', 'distributor', 'customer')),
  state text not null check (state in ('unverified', 'active', 'suspended', 'closed')),
  created_at timestamptz not null,
  updated_at timestamptz not null
);
-- Names are given with the proof of an address: whoever only asked for one holds nobody up.
create unique index username_once on accounts (lower(username)) where state <> 'unverified';
create unique index email_once on accounts (lower(email));
create index accounts_newest on accounts (created_at desc, id desc);

create table sessions (
  id text primary key,
  account_id text not null references accounts on delete cascade,
  -- A keyed hash: whoever reads the table can't sign in with it.
  token_hash text not null unique,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index sessions_account on sessions (account_id);

-- How an account proves itself; for passwords, an argon2id hash.
create table credentials (
  id text primary key,
  account_id text not null references accounts on delete cascade,
  subject text not null,
  provider text not null,
  password text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index credentials_account on credentials (account_id);

-- Mailed codes, hashed, until they are used or run out.
create table verifications (
  id text primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index verifications_identifier on verifications (identifier);
