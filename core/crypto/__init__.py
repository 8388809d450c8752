"""Personal data at rest: sealed values, the blind index, the key ring. A dump of the database shows neither."""
