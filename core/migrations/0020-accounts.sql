-- What tells who somebody is lies sealed, and is found by keyed hashes. Columns called clear_… hold what was written before:
-- the next start seals it and empties them.
alter table accounts rename column email to clear_email;
alter table accounts alter column clear_email drop not null;
drop index email_once;
alter table accounts
  drop column image,
  add column email bytea,
  add column email_index bytea,
  -- API keys from before are refused: a new password was set by mail.
  add column keys_from timestamptz,
  add constraint address_is_there check (num_nonnulls(email, clear_email) = 1),
  add constraint address_is_found check ((email is null) = (email_index is null));
create unique index email_once on accounts (email_index);
create index accounts_to_seal on accounts (id) where clear_email is not null;
create index accounts_unconfirmed on accounts (updated_at) where state = 'unverified';

-- Address and browser of who opened a session, sealed together.
alter table sessions drop column ip_address, drop column user_agent, add column client bytea;

-- One way to prove an account is left: its password, as an argon2id hash.
alter table credentials
  drop column subject, drop column access_token, drop column refresh_token, drop column id_token,
  drop column access_token_expires_at, drop column refresh_token_expires_at, drop column scope;
create unique index one_credential_of_a_kind on credentials (account_id, provider);

-- Codes that were mailed. Several may be good at once: one that somebody else asks for makes no other useless.
drop table verifications;
create table mailed_codes (
  id text primary key,
  -- A keyed hash of address and use.
  purpose bytea not null,
  code_hash bytea not null,
  tries integer not null default 0,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index mailed_codes_purpose on mailed_codes (purpose, created_at);
create index mailed_codes_expired on mailed_codes (expires_at);

-- Address, block of addresses and browser, sealed together.
alter table sign_ins rename column address to clear_address;
alter table sign_ins rename column place to clear_place;
alter table sign_ins rename column agent to clear_agent;
alter table sign_ins
  alter column clear_address drop not null, alter column clear_place drop not null, alter column clear_agent drop not null,
  add column client bytea,
  add constraint client_is_there check (num_nonnulls(client, clear_address) = 1);
create index sign_ins_to_seal on sign_ins (id) where clear_address is not null;

-- A keyed hash of account, place and browser: it is only asked whether they were seen. Made anew from `sign_ins`.
delete from sign_in_places;
alter table sign_in_places drop constraint sign_in_places_pkey;
alter table sign_in_places
  drop column place, drop column agent,
  add column place_hash bytea not null,
  add primary key (account_id, place_hash);
