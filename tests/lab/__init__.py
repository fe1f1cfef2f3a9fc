"""Private servers on loopback for the demo and the system tests: slapd, SMTP, the sample company, rosterd."""
