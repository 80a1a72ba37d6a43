-- How much of its quota a lease has used, in whole percents; 0 without one. The bytes themselves are in no index: they change
-- all the time, and this seldom does.
alter table leases add column used_percent smallint not null generated always as (
  least(coalesce(trunc(used_bytes * 100.0 / nullif(traffic_bytes, 0)), 0), 10000)::smallint
) stored;

-- What lists are sorted by, each with the id; behind what they are filtered by, so that no page walks past others' rows.
-- Old leases end early: who looks for one and sorts by the other would walk far, so both are in the index.
create index leases_made on leases (created_at, id, until);
create index leases_ending on leases (until, id, created_at);
create index leases_used on leases (used_percent, id, until);
create index leases_state_newest on leases (state, created_at, id);
create index leases_state_ending on leases (state, until, id);
create index leases_state_used on leases (state, used_percent, id);
create index leases_account_newest on leases (account_id, created_at, id);
create index leases_account_ending on leases (account_id, until, id);
create index leases_account_used on leases (account_id, used_percent, id);
create index leases_plan_newest on leases (plan_id, created_at, id);
create index leases_kind_newest on leases (kind, created_at, id);
drop index leases_account;
drop index leases_newest;
