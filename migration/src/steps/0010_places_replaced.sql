-- contacts_audience begins with the same column.
DROP INDEX contacts_contact_user_id;
