"""Codes to print: QR pictures and labels of a batch."""
