-- When a session last proved its owner, by everything that the account has: dangerous routes ask for a fresh proof.
alter table sessions add column proven_at timestamptz;

-- Kept for a year.
create table sign_ins (
  id text primary key,
  account_id text not null references accounts on delete cascade,
  session_id text not null,
  at timestamptz not null,
  address text not null,
  -- The address's /24 or /64.
  place text not null,
  agent text not null,
  ways text[] not null,
  is_new_place boolean not null
);
create index sign_ins_account on sign_ins (account_id, at desc, id desc);

-- Where an account signed in lately: block of addresses and family of browser.
create table sign_in_places (
  account_id text not null references accounts on delete cascade,
  place text not null,
  agent text not null,
  seen_at timestamptz not null,
  primary key (account_id, place, agent)
);
