-- The outbox: every mail passes through it; without a mail server it stays here for the console.
create table mails (
  id text primary key,
  account_id text,
  address text not null,
  kind text not null,
  subject text not null,
  body text not null,
  state text not null check (state in ('waiting', 'sent', 'kept', 'failed')),
  attempts integer not null default 0,
  error text,
  created_at timestamptz not null,
  sent_at timestamptz
);
create index mails_newest on mails (created_at desc, id desc);
