-- The rows that ClickHouse exported.
CREATE TABLE events AS SELECT * FROM read_csv('%s', header = true, columns = {'name': 'VARCHAR', 'user_id': 'VARCHAR', 'ms': 'BIGINT', 'value': 'DOUBLE'});
CREATE TABLE exposures AS SELECT * FROM read_csv('%s', header = true, columns = {'user_id': 'VARCHAR', 'rule': 'VARCHAR', 'ms': 'BIGINT'});
