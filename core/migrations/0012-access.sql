-- Second factors. A secret is sealed; it counts once a first code has shown that its owner holds it.
create table totp_secrets (
  account_id text primary key references accounts on delete cascade,
  secret bytea not null,
  confirmed_at timestamptz,
  -- The step of the last accepted code: only a later one is accepted, so a code works once.
  last_step bigint not null,
  created_at timestamptz not null
);

-- Tries of six-digit codes since the last right one, over all replicas.
create table factor_tries (
  account_id text primary key references accounts on delete cascade,
  tries integer not null,
  blocked_until timestamptz not null
);

create table recovery_codes (
  account_id text not null references accounts on delete cascade,
  -- A keyed hash: the codes are shown once and known to nobody else.
  code_hash bytea not null,
  used_at timestamptz,
  primary key (account_id, code_hash)
);

create table passkeys (
  id text primary key,
  account_id text not null references accounts on delete cascade,
  credential_id text not null,
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null,
  name text not null,
  created_at timestamptz not null,
  used_at timestamptz,
  constraint credential_once unique (credential_id)
);
create index passkeys_account on passkeys (account_id, created_at);

-- A right password that waits for its second factor. The hash covers the address that it was given to.
create table sign_in_tickets (
  ticket_hash bytea primary key,
  account_id text not null references accounts on delete cascade,
  -- A keyed hash of the password's hash: a changed password ends the ticket.
  credential_hash bytea not null,
  expires_at timestamptz not null
);

-- What a passkey is to sign next; one at a time for each session, ticket or anonymous caller.
create table passkey_challenges (
  bound_to text primary key,
  challenge text not null,
  expires_at timestamptz not null
);

-- What a role demands of its accounts; without a row, nothing.
create table role_policies (
  role text primary key check (role in ('super_admin', 'admin', 'distributor', 'customer')),
  require_second_factor boolean not null,
  changed_at timestamptz not null
);
