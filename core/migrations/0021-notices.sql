-- Address, subject and text of a mail, sealed together; `recipient` is a keyed hash of the address. What was written before
-- is sealed by the next start.
alter table mails rename column address to clear_address;
alter table mails rename column subject to clear_subject;
alter table mails rename column body to clear_body;
alter table mails drop constraint mails_state_check;
alter table mails
  alter column clear_address drop not null, alter column clear_subject drop not null, alter column clear_body drop not null,
  add column recipient bytea,
  add column content bytea,
  -- Security mails go first and always have room; codes are asked for by strangers as well; notices can wait.
  add column urgency text not null default 'notice' check (urgency in ('security', 'code', 'notice')),
  -- What it is about: a newer mail for the same takes the place of one that waits.
  add column purpose text,
  -- When what it says is of no use any more: a code is out of date.
  add column expires_at timestamptz,
  -- When it was last handed to a mail server: counts as one of the few that an address gets in ten minutes.
  add column claimed_at timestamptz,
  -- Not before: there is no room, or the server said so.
  add column next_try_at timestamptz,
  -- The mail that it went out with, when several notices became one.
  add column sent_with text,
  add constraint mails_state_check check (state in ('waiting', 'sending', 'sent', 'kept', 'failed', 'dropped')),
  add constraint content_is_there check (num_nonnulls(content, clear_body) = 1),
  add constraint recipient_is_known check ((content is null) = (recipient is null));
create unique index one_waits_for_a_purpose on mails (recipient, purpose) where state = 'waiting' and purpose is not null;
create index mails_recipient on mails (recipient, created_at desc, id desc);
create index mails_claimed on mails (recipient, claimed_at) where claimed_at is not null;
create index mails_unsettled on mails (created_at) where state in ('waiting', 'sending');
create index mails_out_of_date on mails (expires_at) where expires_at is not null;
create index mails_to_seal on mails (id) where clear_body is not null;
create index mails_state on mails (state, created_at desc, id desc);
