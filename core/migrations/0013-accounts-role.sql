-- A role that somebody made takes the place of the fixed one's permissions. `role` is then its base.
alter table accounts
  add column custom_role_id text references roles,
  add column suspended_for text,
  add constraint super_admin_is_fixed check (custom_role_id is null or role <> 'super_admin'),
  add constraint suspension_has_reason check (state = 'suspended' or suspended_for is null);
create index accounts_custom_role on accounts (custom_role_id) where custom_role_id is not null;
create index accounts_super_admins on accounts (id) where role = 'super_admin';
