-- From where and with what somebody downloaded stands in an event, sealed under the key of the lease's owner.
alter table derp_downloads drop column address, drop column user_agent;
