"""CRMs that live in memory, behind a web server on loopback."""
