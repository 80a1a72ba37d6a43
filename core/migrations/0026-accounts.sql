-- What lists are sorted by, each with the id; behind what they are filtered by, so that no page walks past others' rows.
-- Names in the order of their bytes, in which the begin of a name is a range.
create index accounts_named on accounts ((lower(username) collate "C"), id);
create index accounts_state_newest on accounts (state, created_at, id);
create index accounts_state_named on accounts (state, (lower(username) collate "C"), id);
create index accounts_role_newest on accounts (role, created_at, id);
