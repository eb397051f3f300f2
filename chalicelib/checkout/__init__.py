"""From a cart to a paid order: quotes, and the protocol that never oversells or charges twice."""
