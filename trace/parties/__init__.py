"""Parties (主体): organisations and the credentials that let them make or trade food."""
