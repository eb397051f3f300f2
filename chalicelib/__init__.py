"""Open Kitchen's backend: one package a domain, one file a layer. docs/architecture.md draws the map."""
