"""What each column holds, and what follows from that: the privacy page, the export, leaving, retention."""
