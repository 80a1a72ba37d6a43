-- What identifies a person: a list of {of, sealed}, each sealed under the key of whom it is about. The chain covers the sealed
-- form, so that it stays verifiable when a key is deleted. `origin`: a keyed hash of the address block that it came from.
alter table events add column personal jsonb;
alter table events add column origin text;

-- One key per account, and one per month for those who are nobody yet; sealed with the master key. Erased: the row stays
-- without its key, so that no new one is made for somebody who asked to be forgotten.
create table event_personal_keys (
  subject text primary key,
  key bytea,
  created_at timestamptz not null,
  erased_at timestamptz,
  constraint erased_has_no_key check ((key is null) = (erased_at is not null))
);

create index events_name on events (name, at desc, id desc);
create index events_actor on events (actor, at desc, id desc);
-- Words in `data`; what stands between them in JSON is left out.
create index events_words on events
  using gin (to_tsvector('simple', translate(data::text, '{}[]":,_-./@', '            ')));
