"""Evidence (证据): test reports, certificates and tickets, with the file where there is one."""
