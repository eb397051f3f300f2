"""The pages: rendered from the catalogue and published to the site's bucket."""
