-- What is as received is most of a row (properties 66 %, context 8 %), and is read seldom once it has been rolled up: these columns take the codec
-- of their part, which a TTL (rollup/retention.go) makes a tighter one after a day. Columns with a codec of their own keep it.
ALTER TABLE events
    MODIFY COLUMN properties String CODEC(Default), MODIFY COLUMN traits String CODEC(Default), MODIFY COLUMN user_properties String CODEC(Default),
    MODIFY COLUMN context String CODEC(Default), MODIFY COLUMN integrations String CODEC(Default), MODIFY COLUMN extra String CODEC(Default);
ALTER TABLE events MODIFY SETTING default_compression_codec = 'ZSTD(1)';
ALTER TABLE exposures MODIFY COLUMN user_properties String CODEC(Default);
ALTER TABLE exposures MODIFY SETTING default_compression_codec = 'ZSTD(1)';
