"""What the schema document needs of the database and Django does not give: names, partitions, content files."""
