"""Database features that Django lacks: partitions, audit context, COPY, leases and others."""
