"""The report on the chain: PDF and workbook, and the log of who took one."""
