"""The grammar of every code the record speaks of: GS1 keys, private keys, EPC URNs, foreign codes.

One front door for text of unknown kind, :func:`trace.identifiers.canonical.canonical`; the other
modules each parse and build one notation. All of it is pure, and whatever the input, nothing but
:class:`trace.errors.InvalidInput` is raised.
"""
