"""Trade items (产品与原料), their recipes and the packs in use."""
