"""What staff see beyond the register: written consents, the office's map file, the log of downloads."""
