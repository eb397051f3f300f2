"""Finding products: lists, search, suggestions and product documents, answered from a snapshot of the catalogue."""
