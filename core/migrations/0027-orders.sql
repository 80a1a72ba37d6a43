-- What lists are sorted by, each with the id; behind what they are filtered by, so that no page walks past others' rows.
create index orders_newest on orders (created_at, id);
create index orders_priced on orders (price_minor, id);
create index orders_state_newest on orders (state, created_at, id);
create index orders_state_priced on orders (state, price_minor, id);
create index orders_account_newest on orders (account_id, created_at, id);
create index orders_account_priced on orders (account_id, price_minor, id);
create index orders_plan_newest on orders (plan_id, created_at, id);
create index orders_kind_newest on orders (kind, created_at, id);
create index orders_lease on orders (lease_id);
drop index orders_account;
