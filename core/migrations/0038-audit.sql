-- One row for each day that lies in the archive: who wrote it first keeps others from writing it again.
create table event_archives (
  day text primary key check (day ~ '^\d{4}-\d{2}-\d{2}$'),
  first_position bigint not null,
  last_position bigint not null,
  written_at timestamptz not null,
  -- When its file was removed, having been kept for as long as was set.
  removed_at timestamptz,
  constraint event_archive_holds_events check (last_position >= first_position)
);
