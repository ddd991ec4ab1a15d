"""The requirement graph: what each product family needs, link by link. Pure, from reviewable seed files."""
