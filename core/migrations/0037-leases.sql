-- Stopped because its node has used up the traffic of its month, not for anything about the lease.
alter table instances add column held_for text check (held_for in ('node_traffic'));
create index instances_held on instances (node_id) where held_for is not null;
