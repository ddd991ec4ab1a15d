"""The farm-to-table record: identifiers, event journal, batches, genealogy, standards, codes.

Never imports ``service`` or ``chain``. Loaded by ``service/__init__.py`` because the standard
library has a module of the same name.
"""
